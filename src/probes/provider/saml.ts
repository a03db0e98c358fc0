/**
 * SAML metadata, from files and URLs.
 *
 * @module
 */
import { UsageError } from '../../config/errors.ts';
import type { Source } from '../../config/schema.ts';
import type { Io } from '../../io/io.ts';
import { readSamlMetadata, type SamlEntity } from '../../parse/saml-metadata.ts';

export type SamlSeen = {
  readonly shown: string;
  readonly live: boolean;
} & (
  | { readonly ok: true; readonly entities: readonly SamlEntity[] }
  | { readonly ok: false; readonly message: string }
);

/** A federation's metadata is tens of MB; what is cut off is not judged. Bytes. */
const MAX_METADATA = 32 * 1_048_576;
/** ms */
const PATIENCE = 6000;

/** Reads each source. A URL that does not answer is an observation; a file that is no metadata is a UsageError. */
export async function readSaml(
  sources: readonly Source[],
  io: Io,
  ca: string | undefined,
): Promise<SamlSeen[]> {
  return Promise.all(
    sources.map((source) => (source.kind === 'url' ? fromUrl(source, io, ca) : fromFile(source, io))),
  );
}

async function fromFile(source: Exclude<Source, { kind: 'url' }>, io: Io): Promise<SamlSeen> {
  const bytes =
    source.kind === 'stdin'
      ? await io.files.stdin(MAX_METADATA)
      : await io.files.read(source.path, MAX_METADATA);
  const entities = readSamlMetadata(bytes.toString('utf8'));
  if (!entities)
    throw new UsageError(
      `${source.shown} is no SAML metadata`,
      'its root is an EntityDescriptor or EntitiesDescriptor',
    );
  return { shown: source.shown, live: false, ok: true, entities };
}

async function fromUrl(
  source: Extract<Source, { kind: 'url' }>,
  io: Io,
  ca: string | undefined,
): Promise<SamlSeen> {
  const answer = await io.http.request({
    url: source.address.href(),
    headers: { accept: 'application/samlmetadata+xml, application/xml, text/xml' },
    ...(ca !== undefined && { ca }),
    insecure: true,
    maxBody: MAX_METADATA,
    timeoutMs: PATIENCE,
    signal: io.signal,
  });
  const failed = (message: string): SamlSeen => ({ shown: source.shown, live: true, ok: false, message });
  if (!answer.ok) return failed(answer.message);
  if (answer.status !== 200) return failed(`from this host, it answered ${answer.status}`);
  const entities = readSamlMetadata(answer.body.toString('utf8'));
  return entities
    ? { shown: source.shown, live: true, ok: true, entities }
    : failed('from this host, it answered with something that is not SAML metadata');
}
