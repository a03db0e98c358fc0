import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';

/** What the labs sign with; the values are throwaway. */
export const secrets = { NEW: 'new-secret-new-secret', OLD: 'old-secret-old-secret' } as const;

export interface TokenFile {
  readonly name: string;
  readonly secret: string;
  readonly count?: number;
  /** Seconds before now at which the newest was issued. */
  readonly age?: number;
  /** Seconds. */
  readonly lifetime?: number;
}

/** Writes HS256 tokens, one a line, and returns the file's name. */
export async function writeTokens(folder: string, file: TokenFile): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const lines = await Promise.all(
    Array.from({ length: file.count ?? 5 }, (_, index) =>
      new SignJWT({ sub: `user-${index}`, name: 'Personal Claim' })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuedAt(now - (file.age ?? 900) - index * 7)
        .setExpirationTime(now - (file.age ?? 900) - index * 7 + (file.lifetime ?? 28_800))
        .setIssuer('https://id.example.test')
        .sign(Buffer.from(file.secret)),
    ),
  );
  writeFileSync(join(folder, file.name), `${lines.join('\n')}\n`);
  return file.name;
}
