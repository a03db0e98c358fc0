import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readKeyRing } from '../../src/parse/key-ring.ts';

const ID = '63698805-736b-5415-8e71-bac1dee7fffd';
const MASTER = randomBytes(64).toString('base64');

/** As XmlKeyManager writes it. */
function key(
  id: string,
  inside = `<masterKey p4:requiresEncryption="true" xmlns:p4="http://schemas.asp.net/2015/03/dataProtection">
        <!-- Warning: the key below is in an unencrypted form. -->
        <value>${MASTER}</value>
      </masterKey>`,
): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<key id="${id}" version="1">
  <creationDate>2026-09-01T10:00:00.1234567Z</creationDate>
  <activationDate>2026-09-03T10:00:00.1Z</activationDate>
  <expirationDate>2026-11-30T10:00:00Z</expirationDate>
  <descriptor deserializerType="Microsoft.AspNetCore.DataProtection.AuthenticatedEncryption.ConfigurationModel.AuthenticatedEncryptorDescriptorDeserializer, Microsoft.AspNetCore.DataProtection, Version=8.0.0.0, Culture=neutral, PublicKeyToken=adb9793829ddae60">
    <descriptor>
      <encryption algorithm="AES_256_CBC" />
      <validation algorithm="HMACSHA256" />
      ${inside}
    </descriptor>
  </descriptor>
</key>\n`;
}

const revocation = (id: string, at: string) =>
  `<?xml version="1.0" encoding="utf-8"?>\n<revocation version="1"><revocationDate>${at}</revocationDate><!-- All keys created before the revocation date are revoked. --><key id="${id}" /><reason>x</reason></revocation>\n`;

describe('a Data Protection key ring', () => {
  it('is read with its times and master keys, several files in a row', () => {
    const other = 'df4a27f5-bb13-532d-833a-ff002807eaef';
    const keys = readKeyRing(
      `${key(ID.toUpperCase())}${key(other, '<encryptedKey><value>AAAA</value></encryptedKey>')}`,
    );
    expect(keys).toEqual([
      {
        id: ID,
        created: Date.parse('2026-09-01T10:00:00.123Z'),
        activated: Date.parse('2026-09-03T10:00:00.100Z'),
        expires: Date.parse('2026-11-30T10:00:00Z'),
        revoked: false,
        master: Buffer.from(MASTER, 'base64'),
      },
      expect.objectContaining({ id: other, master: null }),
    ]);
  });

  it.each([
    [ID, '2026-10-01T00:00:00Z', true],
    ['*', '2026-10-01T00:00:00Z', true],
    ['*', '2026-08-01T00:00:00Z', false],
    ['df4a27f5-bb13-532d-833a-ff002807eaef', '2026-10-01T00:00:00Z', false],
  ])('revocation of %s at %s', (id, at, revoked) => {
    expect(readKeyRing(key(ID) + revocation(id, at))?.[0]?.revoked).toBe(revoked);
    expect(readKeyRing(revocation(id, at) + key(ID))?.[0]?.revoked).toBe(revoked);
  });

  it('is not seen in anything else, and no text makes it fail', () => {
    expect(readKeyRing(revocation('*', '2026-10-01T00:00:00Z'))).toBeNull();
    expect(readKeyRing('<key>a secret that looks like XML</key>')).toBeNull();
    const piece = fc.constantFrom(
      '<key id="',
      ID,
      '" version="1">',
      '</key>',
      '<revocation ',
      '>',
      '<masterKey>',
      '<value>',
      MASTER,
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 30 }).map((list) => list.join('')),
        ),
        (text) => {
          const keys = readKeyRing(text);
          expect(keys === null || keys.every((one) => one.id.length === 36)).toBe(true);
        },
      ),
    );
  });
});
