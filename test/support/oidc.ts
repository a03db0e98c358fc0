import { createServer, type RequestListener, type Server } from 'node:http';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { Provider } from 'oidc-provider';

export interface Idp {
  readonly issuer: string;
  readonly port: number;
  /** Starts to publish and sign with these keys instead, as a restart with other keys would. */
  use(...keys: JWK[]): void;
  /** Puts something in front of the provider; `next` is the provider itself. */
  front(handler: (next: RequestListener) => RequestListener): void;
  /** The provider itself, past what is in front of it. */
  readonly bare: RequestListener;
  /** A JWT access token from the token endpoint, by client credentials. */
  token(): Promise<string>;
  /** How often each path was asked. */
  readonly requests: string[];
  close(): Promise<void>;
}

export const CLIENT = { id: 'sessdoctor-test', secret: 'the-client-secret-of-the-tests' };

/** A private signing key with a kid of its own. */
export async function signingKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'RS256' };
}

/** The real oidc-provider on a loopback port. */
export async function startIdp(...keys: JWK[]): Promise<Idp> {
  const requests: string[] = [];
  let handle: RequestListener = () => {};
  let wrap = (next: RequestListener): RequestListener => next;
  let bare: RequestListener = () => {};
  const server: Server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const issuer = `http://127.0.0.1:${port}`;
  const idp: Idp = {
    issuer,
    port,
    requests,
    bare: (request, response) => bare(request, response),
    use(...next) {
      bare = new Provider(issuer, configuration(next)).callback();
      handle = wrap(bare);
    },
    front(handler) {
      wrap = handler;
      handle = wrap(bare);
    },
    async token() {
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: 'grant_type=client_credentials&scope=read',
      });
      const { access_token } = (await answer.json()) as { access_token: string };
      return access_token;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  idp.use(...keys);
  return idp;
}

function configuration(keys: readonly JWK[]): object {
  return {
    jwks: { keys },
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials', 'refresh_token', 'authorization_code'],
        redirect_uris: ['https://app.test/callback'],
        response_types: ['code'],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:api',
        getResourceServerInfo: () => ({
          scope: 'read',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
}
