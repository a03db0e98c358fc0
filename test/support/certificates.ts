import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Issued {
  /** PEM of this certificate alone. */
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly name: string;
  /** Subject alternative names, as OpenSSL writes them: `DNS:idp.test`, `IP:127.0.0.1`. */
  readonly names?: readonly string[];
  readonly from?: Date;
  readonly to?: Date;
  readonly ca?: boolean;
  /** Where the issuer's certificate is kept, as public authorities write it. */
  readonly issuerUrl?: string;
  /** Who signs; without it the certificate signs itself. */
  readonly by?: Issued;
}

const DAY = 86_400_000;
let serial = 4096;

/** Real certificates by the openssl program, with any dates, including ones in the past. */
export function issue(options: IssueOptions): Issued {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  try {
    return issueIn(folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function issueIn(folder: string, options: IssueOptions): Issued {
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => {
    const run = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`openssl ${args[0]}: ${run.error?.message ?? run.stderr}`);
  };
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', path('key.pem'));
  const key = readFileSync(path('key.pem'), 'utf8');
  openssl(
    'req',
    '-new',
    '-key',
    path('key.pem'),
    '-subj',
    `/CN=${options.name}`,
    '-out',
    path('request.pem'),
  );
  writeFileSync(path('index.txt'), '');
  writeFileSync(path('serial'), (serial++).toString(16));
  const names = options.names?.join(',');
  writeFileSync(
    path('ca.cnf'),
    `[ca]\ndefault_ca=it\n[it]\ndatabase=${path('index.txt')}\nserial=${path('serial')}\nnew_certs_dir=${folder}\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n[ext]\nbasicConstraints=critical,CA:${options.ca ? 'TRUE' : 'FALSE'}\n${names ? `subjectAltName=${names}\n` : ''}${options.issuerUrl ? `authorityInfoAccess=caIssuers;URI:${options.issuerUrl}\n` : ''}`,
  );
  const signer = options.by;
  if (signer) {
    writeFileSync(path('by.pem'), signer.cert);
    writeFileSync(path('by.key'), signer.key);
  }
  const stamp = (date: Date) => `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const signing = signer
    ? ['-cert', path('by.pem'), '-keyfile', path('by.key')]
    : ['-selfsign', '-keyfile', path('key.pem')];
  const from = stamp(options.from ?? new Date(Date.now() - DAY));
  const to = stamp(options.to ?? new Date(Date.now() + 30 * DAY));
  const dates = ['-startdate', from, '-enddate', to];
  const files = ['-config', path('ca.cnf'), '-in', path('request.pem'), '-out', path('cert.pem')];
  openssl('ca', '-batch', '-notext', '-extensions', 'ext', ...files, ...signing, ...dates);
  return { cert: readFileSync(path('cert.pem'), 'utf8'), key };
}
