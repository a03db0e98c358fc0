/**
 * What the provider probe can say of certificates, client credentials and SAML metadata.
 *
 * @module
 */
import type { FindingDoc } from '../../model.ts';

export const trust = {
  'certificate-valid': {
    level: 'ok',
    title: 'The provider’s TLS certificates are in order',
    why: 'Dates, name and chain were checked.',
  },
  'certificate-expired': {
    level: 'critical',
    title: 'The provider serves an expired certificate',
    why: 'Every client that checks certificates refuses to talk to it.',
    fix: 'Renew it and reload every place that serves it, then look at what is served, not at the file.',
  },
  'certificate-not-yet-valid': {
    level: 'critical',
    title: 'The provider serves a certificate that is not valid yet',
    why: 'Every client with a right clock refuses it.',
    fix: 'Serve the earlier certificate until the new one has begun.',
  },
  'certificate-name': {
    level: 'critical',
    title: 'The provider’s certificate is for other names',
    why: 'Clients refuse it whatever its dates say: a wrong virtual host, or a default certificate.',
  },
  'certificate-untrusted': {
    level: 'warning',
    title: 'The provider’s certificate comes from an authority that this host does not trust',
    why: 'A private authority that the app may well trust; or not what should be served.',
    fix: 'If the authority is yours, name its certificate: provider.caFile in sessdoctor.yaml',
  },
  'origin-certificate': {
    level: 'info',
    title: 'The certificate behind the provider’s edge would not be accepted by a client',
    why: 'Clients do not see it. It breaks the provider only where the edge itself checks it, and then the edge answers with errors (502, 525, 526).',
  },
  'chain-incomplete': {
    level: 'critical',
    title: 'The provider’s certificate came without its issuer, which this host does not know',
    why: 'Browsers often fill in a missing intermediate, servers do not: people can log in while token requests and key look-ups fail. A private authority that is trusted elsewhere looks the same.',
    fix: 'Serve the full chain (leaf, then intermediates); for a private authority set provider.caFile',
  },
  'certificate-clock': {
    level: 'warning',
    title: 'This host refuses a good certificate because of its own clock',
    why: 'By corrected time the certificate is valid. Apps on this host cannot reach the provider.',
    fix: 'Set this host’s clock.',
  },
  'certificate-disputed': {
    level: 'warning',
    title: 'This host and the provider disagree about the date, and so about the provider’s certificate',
    why: 'One of the two clocks is wrong. If it is this host’s, apps on it cannot reach the provider; if it is the provider’s, its certificate is out of date for everybody.',
    fix: 'Ask time servers: --ntp HOST HOST HOST',
  },
  'certificate-expiring': {
    level: 'warning',
    title: 'A certificate will expire within two weeks',
    why: 'When it does, everybody who has to sign in again stays out.',
    fix: 'Renew it now, and watch the served dates.',
    weakness: true,
  },
  'client-accepted': {
    level: 'ok',
    title: 'The provider accepts the client’s credential',
    why: 'The token endpoint knows client and secret; it only refused a refresh token that nobody issued.',
  },
  'client-rejected': {
    level: 'critical',
    title: 'The provider rejects the client’s credential',
    why: 'invalid_client: the secret has expired, was changed on one side, or the client is disabled. Nobody can complete a login or a refresh through this client.',
    fix: 'Issue a new client secret, and put it in place where the app reads it.',
  },
  'client-unclear': {
    level: 'info',
    title: 'The token endpoint’s answer does not tell whether the client’s credential is good',
    why: 'It answered before or beside looking at the credential.',
  },
  'client-not-tried': {
    level: 'info',
    title: 'The client’s credential was not sent',
    why: 'There was no token endpoint to send it to, or no way there that may be trusted with a secret.',
  },
  'own-token-expired': {
    level: 'critical',
    title: 'The verifier’s own token is out of date',
    why: 'What it asks the provider about other people’s tokens is refused, and so is everybody, however good their tokens are.',
    fix: 'Give the verifier a new token, and mend what should have renewed it.',
  },
  'own-token-expiring': {
    level: 'warning',
    title: 'The verifier’s own token will end within three days',
    why: 'Unless something renews it, everybody is refused from then on.',
    fix: 'See that its renewal works, or renew it now.',
    weakness: true,
  },
  'own-token-valid': {
    level: 'ok',
    title: 'The verifier’s own token is in date',
    why: 'Its dates were read; whether the provider still accepts it was not asked.',
  },
  'own-token-undated': {
    level: 'info',
    title: 'The verifier’s own token does not tell when it ends',
    why: 'Nothing is known of it from this run.',
  },
  'trust-material-valid': {
    level: 'ok',
    title: 'Certificates and client credential are all in order',
    why: 'What app and provider prove themselves with was looked at and is accepted.',
  },
} as const satisfies Record<string, FindingDoc>;

export const saml = {
  'saml-valid': {
    level: 'ok',
    title: 'The SAML metadata and its certificates are in date',
    why: 'Service providers that check dates accept them.',
  },
  'saml-expired': {
    level: 'critical',
    title: 'SAML metadata is past its validUntil',
    why: 'Service providers must not use it any more (saml-metadata, section 2.3.2): logins through it fail.',
    fix: 'Publish or fetch fresh metadata, and mend the job that should have.',
  },
  'saml-certificate-expired': {
    level: 'critical',
    title: 'No signing certificate in the SAML metadata is valid any more',
    why: 'Service providers that check dates refuse every assertion.',
    fix: 'Publish the new signing certificate, and load it at every service provider.',
  },
  'saml-certificate-early': {
    level: 'critical',
    title: 'No signing certificate in the SAML metadata is valid yet',
    why: 'Service providers that check dates refuse every assertion until the first of them is.',
    fix: 'Sign with the certificate that is valid now and publish it again beside the new one; see that the clock of the machine that issued the new one is right.',
  },
  'saml-certificate-old': {
    level: 'warning',
    title: 'SAML metadata still lists an expired signing certificate beside a valid one',
    why: 'If the provider still signs with it, logins fail.',
  },
  'saml-certificate-expiring': {
    level: 'warning',
    title: 'The last valid SAML signing certificate will expire within two weeks',
    why: 'When it does, logins through it stop.',
    fix: 'Publish its successor beside it now.',
    weakness: true,
  },
  'saml-copies-differ': {
    level: 'critical',
    title: 'Two copies of SAML metadata share no signing certificate',
    why: 'The side with the old copy refuses what is signed with the new key.',
    fix: 'Load the live metadata where the old copy is in use.',
  },
  'saml-unreadable': {
    level: 'warning',
    title: 'SAML metadata could not be read',
    why: 'Nothing is known of its certificates from this run.',
    blind: true,
  },
} as const satisfies Record<string, FindingDoc>;
