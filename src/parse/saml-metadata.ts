/**
 * SAML 2.0 metadata (saml-metadata-2.0-os section 2): entities, until when they are valid, and their signing
 * certificates. A scanner for these few elements, not an XML parser: no entities are expanded, no DTD is
 * read, no signature is checked.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';

export type SamlCertificate = {
  readonly use: 'signing' | 'encryption' | 'both';
  readonly fingerprint256: string;
  readonly subject: string;
  readonly validFrom: number;
  readonly validTo: number;
};

export type SamlEntity = {
  readonly entityId: string;
  readonly role: 'idp' | 'sp' | 'other';
  /** Epoch ms, the earliest that covers it, or null. */
  readonly validUntil: number | null;
  readonly certificates: readonly SamlCertificate[];
  /** Certificates that could not be read. */
  readonly unreadable: number;
};

/** Federations list thousands; more than this is not looked at. */
const MAX_ENTITIES = 500;
const MAX_CERTIFICATES = 20;
const MAX_TAG = 65_536;

interface Open {
  entityId: string;
  role: SamlEntity['role'];
  validUntil: number | null;
  certificates: SamlCertificate[];
  unreadable: number;
}

/** The entities of a metadata document, or null when it is none. Linear in the text's length; never throws. */
export function readSamlMetadata(text: string): SamlEntity[] | null {
  const entities: Open[] = [];
  let outer: number | null = null;
  let entity: Open | undefined;
  let use: SamlCertificate['use'] = 'both';
  let isMetadata = false;
  for (const tag of tagsOf(text)) {
    if (tag.name === 'EntitiesDescriptor' && !tag.closing) {
      isMetadata = true;
      outer = earlier(outer, instant(tag.attributes));
    } else if (tag.name === 'EntityDescriptor' && !tag.closing) {
      isMetadata = true;
      if (entities.length >= MAX_ENTITIES) break;
      const entityId = attribute(tag.attributes, 'entityID') ?? '';
      entity = {
        entityId,
        role: 'other',
        validUntil: earlier(outer, instant(tag.attributes)),
        certificates: [],
        unreadable: 0,
      };
      entities.push(entity);
    } else if (entity && !tag.closing && tag.name === 'IDPSSODescriptor') {
      entity.role = 'idp';
      entity.validUntil = earlier(entity.validUntil, instant(tag.attributes));
    } else if (entity && !tag.closing && tag.name === 'SPSSODescriptor' && entity.role === 'other')
      entity.role = 'sp';
    else if (tag.name === 'KeyDescriptor' && !tag.closing) use = useOf(attribute(tag.attributes, 'use'));
    else if (entity && tag.name === 'X509Certificate' && !tag.closing) addCertificate(entity, use, tag.text);
  }
  return isMetadata ? entities : null;
}

interface Tag {
  /** Local name, without prefix. */
  readonly name: string;
  readonly closing: boolean;
  readonly attributes: string;
  /** What follows up to the next `<`. */
  readonly text: string;
}

function* tagsOf(text: string): Generator<Tag> {
  let at = text.indexOf('<');
  while (at >= 0) {
    const skipped = skip(text, at);
    if (skipped !== undefined) {
      at = skipped < 0 ? -1 : text.indexOf('<', skipped);
      continue;
    }
    const end = text.indexOf('>', at);
    if (end < 0) return;
    const next = text.indexOf('<', end);
    const inside = text.slice(at + 1, Math.min(end, at + MAX_TAG));
    const found = /^(\/?)(?:[\w.-]{1,64}:)?([A-Za-z0-9]{1,64})/.exec(inside);
    if (found?.[2])
      yield {
        name: found[2],
        closing: found[1] === '/',
        attributes: inside.slice(found[0].length),
        text: text.slice(end + 1, next < 0 ? undefined : next),
      };
    at = next;
  }
}

/** Comments, CDATA and declarations hold no elements. Where one ends, -1 when it does not, undefined when it is none. */
function skip(text: string, at: number): number | undefined {
  for (const [begin, end] of [
    ['<!--', '-->'],
    ['<![CDATA[', ']]>'],
    ['<!', '>'],
    ['<?', '?>'],
  ] as const)
    if (text.startsWith(begin, at)) {
      const closed = text.indexOf(end, at + begin.length);
      return closed < 0 ? -1 : closed + end.length;
    }
  return undefined;
}

function attribute(attributes: string, name: string): string | undefined {
  const at = attributes.search(new RegExp(`\\s${name}\\s{0,5}=`));
  if (at < 0) return undefined;
  const quoted = /=\s{0,5}(?:"([^"]{0,1024})"|'([^']{0,1024})')/.exec(attributes.slice(at, at + 1100));
  return quoted?.[1] ?? quoted?.[2];
}

function instant(attributes: string): number | null {
  const at = Date.parse(attribute(attributes, 'validUntil') ?? '');
  return Number.isNaN(at) ? null : at;
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

function useOf(use: string | undefined): SamlCertificate['use'] {
  return use === 'signing' || use === 'encryption' ? use : 'both';
}

function addCertificate(entity: Open, use: SamlCertificate['use'], text: string): void {
  if (entity.certificates.length >= MAX_CERTIFICATES) return;
  try {
    const certificate = new X509Certificate(Buffer.from(text.slice(0, 16_384).replace(/\s+/g, ''), 'base64'));
    entity.certificates.push({
      use,
      fingerprint256: certificate.fingerprint256,
      subject: certificate.subject.replaceAll('\n', ', ').slice(0, 300),
      validFrom: Date.parse(certificate.validFrom),
      validTo: Date.parse(certificate.validTo),
    });
  } catch {
    entity.unreadable++;
  }
}
