import { defineCause } from './cause.ts';

export const trustCredentialExpired = defineCause({
  id: 'trust-credential-expired',
  title: 'A certificate or client credential between app and provider has expired or no longer matches',
  hop: 'provider',
  story:
    'The users’ sessions are fine, but the app can no longer prove itself or the provider can no longer be trusted: client secret expired, TLS or SAML certificate past its date, metadata with the wrong certificate, the verifier’s own token rejected. Everybody stays in until the next authentication and then cannot get through, for one provider, tenant or app.',
  prior: -4,
  signals: {
    'symptoms/pattern-new-refused': 4,
    'symptoms/login-fails': 'weak',
    'symptoms/login-works': 'against',
    'symptoms/newLogin-sticks': 'against',
    'symptoms/onset-healed': 'against',
    'symptoms/login-private-window-only': 'against',
    'provider/certificate-expired': 'decisive',
    'provider/certificate-not-yet-valid': 'decisive',
    'provider/client-rejected': 'decisive',
    'provider/saml-expired': 'decisive',
    'provider/saml-certificate-expired': 'decisive',
    'provider/saml-copies-differ': 'decisive',
    'provider/certificate-name': 7,
    'provider/chain-incomplete': 6,
    'provider/certificate-untrusted': 'weak',
    'provider/key-certificate-expired': 3,
    'provider/saml-certificate-old': 'weak',
    'provider/certificate-valid': -1,
    'provider/client-accepted': 'against',
    'provider/trust-material-valid': 'refutes',
  },
  doNow: [
    'Find which one: read the dates of the certificate that is SERVED (not the one on disk), and the error of the token endpoint.',
    'Issue a new credential or certificate, put it in place on both sides, and reload all that hold it; keep the old one beside it until the new one works.',
    'Check the chain and the name as well as the date.',
    'Tell users: “Sign-in is being repaired. Please do not sign out.”',
    'Watch a scripted full login for each tenant until it passes.',
  ],
  doNot: [
    'Do not switch off certificate or signature checks, not for a minute and not for one tenant.',
    'Do not trust a rotation job’s “Success”; look at what is served.',
    'Do not move the clock back.',
    'Do not put a client secret into a ticket or chat.',
  ],
  prevent: [
    'An inventory of expiry dates that asks the endpoints, with alerts at 30, 14 and 3 days; client secrets included.',
    'Overlap: the old credential stays valid until the new one has been seen working.',
  ],
  confirmWith: [
    'Read the served certificates and ask the token endpoint with the client’s own credential: --issuer URL, provider.clientId and clientSecret in sessdoctor.yaml',
    'invalid_client means the app’s credential; invalid_grant means that it is fine.',
    'Compare the signing certificate in the metadata with the one in use.',
  ],
});
