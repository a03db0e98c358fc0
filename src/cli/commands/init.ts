/**
 * `sessdoctor init`: a commented starter file, or the JSON Schema for editors.
 *
 * @module
 */
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../../config/errors.ts';
import { withoutCredentials } from '../../config/word.ts';
import { reason } from '../../config/references.ts';
import type { Command, Flags, Terminal } from '../command.ts';

export const command: Command = {
  args: '',
  options: [
    {
      flag: 'output',
      value: 'FILE',
      shape: 'one',
      help: 'where to write it (default sessdoctor.yaml; - for stdout)',
    },
    { flag: 'force', shape: 'switch', help: 'overwrite an existing file' },
    { flag: 'schema', shape: 'switch', help: 'print the JSON Schema of the config instead' },
  ],
  examples: ['sessdoctor init', 'sessdoctor init -o -', 'sessdoctor init --schema > sessdoctor.schema.json'],
  run: init,
};

async function init(_args: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  if (flags['schema']) {
    const { configJsonSchema } = await import('../../config/schema.ts');
    await terminal.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return 0;
  }
  const file = typeof flags['output'] === 'string' ? flags['output'] : 'sessdoctor.yaml';
  if (file === '-') {
    await terminal.write(STARTER);
    return 0;
  }
  const path = resolve(terminal.cwd, file);
  if (existsSync(path) && !flags['force'])
    throw new UsageError(
      `${file} exists already; nothing was written`,
      'sessdoctor init --force overwrites it',
    );
  try {
    writeFileSync(path, STARTER, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`cannot write ${withoutCredentials(file)}: ${reason(error)}`);
  }
  terminal.note(`Wrote ${file}. Uncomment the hops you have, then: sessdoctor diagnose`);
  return 0;
}

/** Every key of the config once, commented out; a test uncomments it and loads it. */
export const STARTER = `# sessdoctor.yaml: what to look at. Uncomment what you have; every section is optional.
# Secrets are never written here: REF is env:NAME, file:PATH or - (stdin), with #hex, #base64 or #latin1 to decode.
# In URLs, \${NAME} is filled in from the environment. Paths are relative to this file.

# What you know about the incident.
# incident:
#   since: 03:00                  # ISO 8601, a clock time, or an age such as 45m
#   changes:
#     - { at: 02:58, what: deploy, note: web 4.2.0 }
#   symptoms:
#     intended: no                # did somebody revoke sessions on purpose? yes | no
#     affected: everyone          # everyone | some
#     oldSessions: rejected       # rejected | accepted | mixed | error
#     login: works                # works | fails | private-window-only
#     newLogin: sticks            # alive after five minutes? sticks | dies
#     onset: step                 # step | ramp | recurring | healed

# Time: what the correct time is, and who is off.
# clock:
#   servers: [time.cloudflare.com, time.google.com, pool.ntp.org]   # none turns them off
#   leeway: 60s                   # skew that your verifiers tolerate
#   hosts: [https://app-1.example.com/, https://app-2.example.com/]

# Cookies and tokens, in any form people paste: HAR, cookies.txt, curl -v, one a line …
# credentials:
#   samples: [old-cookies.txt]    # from before the incident
#   after: [new-cookies.txt]      # issued since
#   field: req.headers.cookie     # for JSON logs
#   salts: [signing-salt]         # salts, purposes, discriminators that the app sets itself
#   jwks: https://id.example.com/jwks
#   secrets: { v2: env:SESSION_SECRET }
#   previousSecrets: { v1: file:old-secret.txt }
#   expect: { issuer: https://id.example.com, audience: [web], algorithms: [RS256], lifetime: 1h }

# Responses of two deploys: captures, HAR, curl -i files or URLs.
# cookies:
#   names: [sid]
#   before: production.har
#   after: https://staging.example.com/login
#   urls: [https://www.example.com/, https://api.example.com/]

# The public URL, and the same behind the edge.
# edge:
#   url: https://www.example.com/
#   origin: https://origin.example.com/
#   cookie: env:TEST_SESSION_COOKIE

# One credential, sent several times: do all instances agree?
# replay:
#   url: https://www.example.com/account
#   samples: [old-cookies.txt]
#   times: 20
#   instances: [https://app-1.example.com/, https://app-2.example.com/]
#   instanceHeader: x-instance
#   authenticated: { status: [200], notLocation: /login }

# The session store.
# redis:
#   url: rediss://redis.example.com:6379/0
#   keyPrefix: "sess:"
#   ttl: 30d                      # how long a session should live
#   username: env:REDIS_USER
#   password: env:REDIS_PASSWORD
#   sentinels: [sentinel-1.example.com:26379]
#   sentinelName: mymaster
#   cluster: false
#   appUser: app                  # what may the app's own user do?
#   tls: { ca: ca.pem, cert: client.pem, key: client-key.pem, servername: redis.example.com, rejectUnauthorized: true }

# The session table.
# database:
#   url: postgres://diagnosis:\${PGPASSWORD}@db.example.com/app
#   table: session
#   idColumn: sid
#   createdColumn: created_at
#   expiresColumn: expire
#   lifetime: 30d                 # how long a session should live
#   replicaUrl: postgres://diagnosis:\${PGPASSWORD}@replica.example.com/app
#   revokedColumn: revoked_at     # when a row was revoked, and why
#   reasonColumn: revoked_reason
#   parentColumn: parent_id       # the token that this one succeeded
#   appUser: app                  # may the app’s own role still read and write it?
#   migrations: migrations/

# The OAuth/OIDC provider.
# provider:
#   issuer: https://id.example.com
#   clientId: web                 # with clientSecret: a dry call to the token endpoint (two if it is refused)
#   clientSecret: env:OIDC_CLIENT_SECRET
#   emptyPost: true               # an empty POST, without a credential, to the token and introspection endpoints
#   jwksUri: https://id.example.com/jwks
#   caFile: ca.pem
#   origin: https://10.0.0.5      # the provider behind its edge: are the keys the same there?
#   via: socks5://127.0.0.1:1080  # ask a second time from elsewhere (ssh -D 1080 HOST)
#   before: jwks-last-week.json   # an earlier key set, or an evidence file of an earlier run
#   saml: [metadata.xml]          # SAML metadata, files or URLs
#   verifierToken: env:REVIEWER_TOKEN   # what the verifier itself shows the provider: its dates

# limits: { timeout: 10s, deadline: 60s }
`;
