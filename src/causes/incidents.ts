/**
 * Real incidents per cause, with the addresses where those who had them tell of them. Read by `explain`
 * only: nothing is ranked by them.
 *
 * @module
 */

/** One incident that was told in public. */
export interface Incident {
  readonly title: string;
  readonly addresses: readonly string[];
}

/** A line each: cause id | what happened to whom | addresses. */
const TABLE = `
auth-logic-regression | DoiT Console: SSO 503s blamed on Google for days; own blocking-function change was the cause (Jun 2023) | https://status.doit.com/incidents/j3swshyc1srj
auth-logic-regression | Django: auth backend module moved; session rows name the old path; every signed-in request is a 500 | https://keyes.ie/django-changing-auth-backend-on-a-live-system/
auth-logic-regression | Wikimedia: SessionManager roll-out reverted; logouts did not clear central cookie, users logged in again (Jan 2016) | https://wikitech.wikimedia.org/wiki/Incidents/20160123-SessionManagerRolloutFailure
browser-policy-change | Safari clears the session cookie every 7 days (CNAME-cloaking policy), Chrome caps at 400 days | https://github.com/clerk/clerk-docs/pull/1700 https://github.com/code-dot-org/code-dot-org/pull/56777 https://github.com/radiasoft/sirepo/issues/6766
browser-policy-change | Dreamwidth: Chrome's SameSite=Lax rollout, some users cannot stay logged in, same version behaves differently | https://github.com/dreamwidth/dreamwidth/issues/2806
client-binding-broken | Sessions bound to client IP break behind Cloudflare (Joomla 4, Calibre-Web, others) | https://github.com/joomla/joomla-cms/issues/35244 https://github.com/joomla/joomla-cms/pull/35509 https://github.com/janeczku/calibre-web/issues/2381
clock-skew | 73-second drift on an Azure VM: about 1 of 50 JWT calls rejected by a third party | https://www.devtoolshub.info/blog/jwt-clock-skew-postmortem
clock-skew | Zero-leeway iat/nbf checks: seconds of skew give "token used before issued" (golang-jwt v4, jwt-auth, jsonwebtoken, php-jwt) | https://github.com/golang-jwt/jwt/issues/98 https://github.com/tymondesigns/jwt-auth/issues/1053 https://github.com/auth0/node-jsonwebtoken/issues/141 https://github.com/googleapis/php-jwt/issues/51
cookie-identity-changed | arXiv: parent- and sub-domain cookies of the same name; clobber logic can never clear the parent's, so login loops | https://github.com/arXiv/arxiv-auth/pull/62
cookie-identity-changed | Code.org: session cookie domain narrowed from .code.org to studio.code.org; then the revert broke a second group (24 Jul 2026) | https://github.com/code-dot-org/code-dot-org/pull/74198 https://github.com/code-dot-org/code-dot-org/pull/74159 https://github.com/code-dot-org/code-dot-org/pull/71051 https://github.com/code-dot-org/code-dot-org/pull/74107
cookie-identity-changed | EMF Camp: cookie domain went from host-only to Domain=.www..., old one wins, CSRF errors for earlier visitors | https://github.com/emfcamp/Website/issues/894
cookie-identity-changed | Forem/DEV: Domain and SameSite changed together, users cannot log in or cannot log out | https://github.com/forem/forem/pull/10169
cookie-identity-changed | Zitadel: user-agent cookie moves from __Secure- with domain to __Host-; existing sessions cannot be retrieved | https://github.com/zitadel/zitadel/pull/7297
cookie-oversize | Request header too large after upgrade or big tokens: 400/431 until cookies are deleted (kaneo, oauth2-proxy) | https://github.com/usekaneo/kaneo/issues/1745 https://github.com/oauth2-proxy/oauth2-proxy/issues/644
cookie-oversize | Session cookie over 4096 bytes is dropped: login loops for some users (unkey/WorkOS, Pomerium/Azure, Envoy) | https://github.com/unkeyed/unkey/pull/7226 https://github.com/pomerium/pomerium/issues/211 https://github.com/envoyproxy/envoy/issues/27875
cookie-refused | EVIE: second nginx overwrites X-Forwarded-Proto with http; express-session silently sends no cookie | https://github.com/Ionaru/EVIE/pull/115
cookie-refused | NodeBB 1.0.3 to 1.1.0: Secure cookie behind TLS-terminating nginx without X-Forwarded-Proto, nobody can sign in | https://github.com/NodeBB/NodeBB/issues/4854 https://github.com/NodeBB/NodeBB/issues/4734
credential-format-changed | AO3: cookie encryption + SHA1-to-SHA256 in a rolling deploy, edge worker could not read cookies, manual rollback left remnants | https://www.otwstatus.org/incidents/1gm83clkg5wm https://github.com/otwcode/otwarchive/pull/4926 https://github.com/otwcode/otwarchive/pull/4973
credential-format-changed | Mastodon: SHA256 cookies written by new pumas are unreadable by old pumas in a rolling update (caught before release) | https://github.com/mastodon/mastodon/pull/26023 https://github.com/mastodon/mastodon/pull/27392
credential-format-changed | Rails: hybrid serializer / GCM cookies cannot be read by the previous build in rolling updates | https://github.com/rails/rails/pull/37628
credential-format-changed | Rails 7 upgrade silently changed the key-generator digest and wiped all sessions | https://github.com/rails/rails/issues/46500 https://github.com/rails/rails/pull/44967
deliberate-revocation | Facebook: access tokens of 50 + 40 million accounts reset after "View As" theft (28 Sep 2018) | https://www.cbsnews.com/news/facebook-90-million-accounts-could-be-at-risk-from-hackers-security-issue/ http://www.latimes.com/business/technology/la-fi-tn-facebook-security-breach-20180928-story.html
deliberate-revocation | GitHub: all sessions created before 8 Mar 2021 12:03 UTC invalidated on purpose after a session mix-up bug | https://github.blog/2021-03-08-github-security-update-a-bug-related-to-handling-of-authenticated-sessions/ https://www.itsecurityguru.org/2021/03/09/github-bug-invalidated-users-sessions-and-logged-them-out-of-their-accounts/
edge-caches-session | AWS Amplify: middleware refresh sets cookies on a page cached for a year, tokens leak to others | https://github.com/aws-amplify/amplify-hosting/issues/4100
edge-caches-session | nginx proxy_cache replays a stored Set-Cookie: cannot log in if out, cannot log out if in | https://github.com/TryGhost/Ghost/issues/27942
edge-caches-session | Steam Store: caching rule deployed against a DoS cached pages of signed-in users (25 Dec 2015) | https://gameranx.com/updates/id/32399/article/steam-s-christmas-day-denial-of-service-attack-affected-34-000 https://bleedingcool.com/games/video-games-2/valve-finally-release-statements-on-steams-christmas-day-problems/
edge-strips-cookie | Atlassian: edge change kept only the last Set-Cookie header; nobody could log in, existing sessions fine (30 Aug 2023) | https://analytics.status.atlassian.com/incidents/jlzdc1bc1mp8 https://opsgenie.status.atlassian.com/incidents/2b1s477gf7pq
edge-strips-cookie | CloudFront "don't forward cookies" removes Cookie on the way in and Set-Cookie on the way out | https://github.com/Hubs-Foundation/hubs-cloud/issues/295 https://github.com/mozmeao/infra/issues/689
edge-strips-cookie | Zipline: authentication trouble for a few customers; browser update blamed; one CDN node was misconfigured (7 Apr 2021) | https://pingoru.io/providers/zipline/incidents/2241748
idp-outage | Auth0 EU: database step-down, services did not reconnect; 401, 404 and wrong TLS certificates came out (17 Jan 2018) | https://auth0.statuspage.io/incidents/9mvhy0f1fdcw https://auth0.statuspage.io/incidents/y46npbsd2c33
idp-outage | Cloudflare Access: Workers KV storage failed, all identity-based logins failed (12 Jun 2025) | https://failure-modes.dev/library/v2/fm-025 https://theapiguys.co.uk/insights/cloudflare-workers-kv-outage-single-point-of-failure
idp-outage | Duo SSO: one read replica unresponsive, sessions pinned to it cannot complete (10 Jun 2021) | https://status.duo.com/incidents/6d9jptspwhx4 https://status.duo.com/incidents/jlr0qkz142sq
jwks-key-withdrawn | Azure AD: automation deleted a signing key that was still in use (15 Mar 2021) | https://share.transistor.fm/s/e4f0344b https://practical365.com/azure-ad-outage-march-15-2021/ https://thestack.technology/microsoft-365-outage
jwks-stale-or-throttled | JWKS clients: unknown-kid tokens or a per-request client burn the JWKS rate limit, valid users then fail | https://github.com/auth0/jwks-rsa-java/issues/173 https://github.com/auth0/node-jwks-rsa/issues/49 https://github.com/zmartzone/lua-resty-openidc/issues/468
jwks-stale-or-throttled | Logto Cloud: JWKS cached on one domain while the signing key was rotated (8 Jan 2026) | https://blog.logto.io/postmortem-jwks-cache
lifetime-wrong | Session cookie without Max-Age: mobile browsers drop it, users "logged out all the time" (Svelte Society, zitadel login) | https://github.com/svelte-society/sveltesociety.dev/pull/975 https://github.com/zitadel/zitadel/pull/12520 https://github.com/odota/core/issues/313
lifetime-wrong | CRITs: local time stored as UTC; in PDT any timeout of 7 h or less dies within a minute | https://github.com/crits/crits/issues/78
lifetime-wrong | exp in milliseconds vs seconds after a library/server change (satellizer 0.6.3, Anvil Connect, Safe Places) | https://github.com/sahat/satellizer/issues/121 https://github.com/anvilresearch/connect-nodejs/pull/6 https://github.com/Path-Check/safeplaces-ct-backend/pull/162
refresh-rotation-race | Grafana HA: concurrent rotation leaves auth_token equal to prev_auth_token; frequent re-login | https://github.com/grafana/grafana/issues/98195 https://github.com/grafana/grafana/issues/15316
refresh-rotation-race | Nocturne: parallel SSR requests fork the refresh token; reuse detection signs users out on all devices | https://github.com/nightscout/nocturne/pull/326
replica-lag | Session/auth row read from a lagging replica right after login (Craft CMS, Fleet, Laravel, Sequelize store) | https://github.com/craftcms/cms/issues/15480 https://github.com/fleetdm/fleet/issues/4469 https://github.com/laravel/framework/issues/22164 https://github.com/mweibel/connect-session-sequelize/pull/145
secret-ephemeral | ASP.NET Core: Data Protection key ring lives in the container, so each deploy signs everybody out | https://github.com/dotnet/dotnet-docker/issues/295 https://github.com/hargata/lubelog/issues/21 https://github.com/aspnet-contrib/AspNet.Security.OpenIdConnect.Server/issues/430 https://github.com/SailScores/SailScores/issues/477
secret-ephemeral | Helm: randAlphaNum makes a new secret on every upgrade | https://github.com/helm/helm/issues/3053
secret-ephemeral | infrahq/infra: every Argo CD sync regenerates access keys and revokes the old ones | https://github.com/infrahq/infra/issues/896
secret-ephemeral | GKE review-api: unset SESSION_SECRET gives a new random key at every start; active sessions got 401 | https://github.com/gke-labs/gemini-for-kubernetes-development/pull/1407
secret-rotated-no-grace | Gardener dashboard: changed sessionSecret shows an error page instead of login; users had to delete cookies by hand | https://github.com/gardener/dashboard/pull/1869
secret-rotated-no-grace | WordPress: security automation replaces the salts every day, so everyone is logged out each day | https://github.com/google/site-kit-wp/issues/3547
secret-split-brain | Each pod/worker generates its own session key, users fail at random | https://github.com/pegasystems/building-bridges/pull/27 https://github.com/freifunkMUC/wg-access-server/pull/263 https://github.com/aprin-labs/archimedes/pull/1016
secret-split-brain | ASP.NET Core: key vault unreachable at start, node mints and activates a key that the others do not know | https://github.com/dotnet/aspnetcore/issues/33071 https://github.com/DuendeArchive/Support/issues/1517
secret-split-brain | Same secret, one copy with a trailing newline/space: signatures differ between services | https://github.com/sigp/lighthouse/pull/3132 https://github.com/dgrijalva/jwt-go/issues/81 https://github.com/apache/texera/issues/4397
session-pinned-to-instance | In-memory sessions on several pods: users bounce back to login (statping, sugarizer, Tomcat) | https://github.com/statping/statping/issues/332 https://github.com/llaske/sugarizer-server/issues/262 https://github.com/redisson/redisson/issues/4352
session-reaper | PHP default gc: sessions older than 24 minutes deleted by chance, whatever the app's own timeout says | https://github.com/opnsense/core/pull/6499 https://github.com/nilsteampassnet/TeamPass/pull/2633 https://github.com/nuxsmin/sysPass/issues/218
session-reaper | Zammad: the timeout job removes an old session and the user's active session is logged out with it | https://github.com/zammad/zammad/issues/3605
session-table-destroyed | Actual Budget: multi-user migration updates a single session row, others must log in again | https://github.com/actualbudget/actual-server/pull/507
session-table-destroyed | Sign-up and login answer 500 because the sessions table does not exist in production | https://seunghan.xyz/en/posts/rails-missing-migration-sessions-table
store-evicting | Firstup: "You've been signed out" when the data store passed its memory capacity (5 Aug 2025) | https://status.firstup.io/incidents/4n3tvsmq00ys
store-evicting | Sessions in memcached: LRU and restarts delete them | https://adil.medium.com/storing-sessions-in-memcache-the-pitfalls-ec1a3f1685fb
store-evicting | Mezmo: sessions gone 1-2 minutes after each login, Redis "cleared" repeatedly (19 Jun 2023) | https://status.mezmo.com/incidents/qhrtfbpx0w46
store-evicting | Mezmo: same logouts again, Redis pods out of memory purged data (4 Dec 2023) | https://status.mezmo.com/incidents/612n87qcp8c9
store-flushed | Laravel: artisan cache clear on every deploy flushed a production Redis, whatever the prefix | https://github.com/laravel/docs/pull/1786
store-flushed | Rails.cache.clear issues FLUSHDB and deletes the sessions too | https://github.com/redis-store/redis-store/issues/82
store-lookup-moved | redis-rails 3.2.1: session key prefix no longer applied after upgrade | https://github.com/redis-store/redis-store/issues/119 https://github.com/redis-store/redis-store/issues/30
store-lookup-moved | webcompat.com: session.db moved by a deploy; cookies still valid, data behind them wrong | https://github.com/webcompat/webcompat.com/issues/1818
store-lost-on-restart | Keycloak: rolling restart/upgrade drops in-memory sessions, even with two owners | https://github.com/keycloak/keycloak/issues/37825 https://github.com/codecentric/helm-charts/issues/50 https://github.com/keycloak/keycloak/issues/16877 https://github.com/keycloak/keycloak/issues/14040
store-lost-on-restart | Redis: primary without persistence restarts empty before failover, replicas resync from it and are wiped | https://github.com/redis/redis/issues/2087 https://github.com/apecloud/kubeblocks/issues/10753 https://github.com/spotahome/redis-operator/issues/97 https://github.com/bitnami/charts/issues/11083
store-lost-on-restart | SMF: making the sessions table UNLOGGED/MEMORY means a crash or restart logs out even "Forever" users (design review) | https://github.com/SimpleMachines/SMF/pull/3218 https://github.com/QutEcoacoustics/baw-server/issues/635
store-unavailable | Grafana: "database is locked" in the session lookup is answered with 401, users are logged out | https://github.com/grafana/grafana/issues/23233 https://github.com/grafana/grafana/issues/61343
store-unavailable | OutSmart: Redis full and rejecting writes: login, jobs and cache fail together (19 May) | https://status.out-smart.com/incidents/3fzrdkwhr1fl
store-unavailable | Wikipedia: node-label change left session-store pods unschedulable (13 Dec 2022) | https://wikitech.wikimedia.org/wiki/Incidents/2022-12-13_sessionstore
store-unavailable | Wikipedia: session store could not reach quorum after one Cassandra node came back (24 Jan 2023) | https://wikitech.wikimedia.org/wiki/Incidents/2023-01-24_sessionstore_quorum_issues https://wikitech.wikimedia.org/wiki/Incidents/2022-09-15_sessionstore_quorum_issues
token-contract-changed | JWT algorithm switch logs everybody out (CodeGrade reverted to HS512; Passport rejected legacy HS256 on purpose) | https://github.com/CodeGra-de/CodeGra.de/pull/1537 https://github.com/passportxyz/passport/pull/3825
token-contract-changed | Kubernetes 1.21: changing --service-account-issuer makes all existing tokens unauthorised | https://github.com/kubernetes/kubernetes/issues/107031 https://github.com/kubernetes/website/issues/31236 https://github.com/kubernetes/kubernetes/issues/20165
token-contract-changed | OIDC clients break after an upgrade that strips/normalises the issuer's trailing slash (dawarich, TREK, Element X) | https://github.com/Freika/dawarich/issues/2925 https://github.com/liketrek/TREK/issues/834 https://github.com/element-hq/element-x-ios/issues/2817
trust-credential-expired | Auth0: enterprise-connection certificates rolled over, update job and customer notices failed (1 Nov 2018) | https://auth0.statuspage.io/incidents/tf6886gf5htv
trust-credential-expired | cloud.gov: IdP's TLS certificate expired although the rotation job said Success (18 Jul 2023) | https://cloudgov.statuspage.io/incidents/rb60802myqh8
trust-credential-expired | PEAK 15: scheduled certificate update changed its identifier; app could not authenticate with the IdP for 12 h (4 Feb 2025) | https://status.peak15systems.com/incidents/s9j2hd9g32j5
trust-credential-expired | StatCan: Entra app client secret expired, nobody can reach Argo CD | https://github.com/StatCan/aaw/issues/1727 https://aztokenwatch.com/blog/fix-aadsts7000222-client-secret-expired
`;

/** The incidents of one cause; none when the id has none on record. */
export function incidentsOf(cause: string): readonly Incident[] {
  return TABLE.trim()
    .split('\n')
    .map((line) => line.split(' | '))
    .filter(([id]) => id === cause)
    .map(([, title = '', addresses = '']) => ({ title, addresses: addresses.split(' ') }));
}
