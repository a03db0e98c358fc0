/**
 * Prometheus alerts that would have told before the users did: what each watches, and series to test it by.
 * Metrics are those of redis_exporter, node_exporter and blackbox_exporter; the three that start with
 * `app_` or `jwks_` have no standard name and are said to be renamed or fed.
 *
 * @module
 */

/** Series in promtool's notation: a metric with labels, and its values, one a minute. */
export interface Series {
  readonly series: string;
  readonly values: string;
}

export interface Alert {
  readonly name: string;
  /** Ids of causes that it warns of. */
  readonly causes: readonly string[];
  readonly expr: string;
  readonly for?: string;
  /** `page`: users are hit now. `ticket`: they will be. */
  readonly severity: 'page' | 'ticket';
  readonly summary: string;
  readonly description: string;
  /** What the metric must be, where no exporter brings it by that name. */
  readonly needs?: string;
  readonly test: {
    /** Fires at this moment on the sick series, with these labels; silent on the healthy ones. */
    readonly at: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly sick: readonly Series[];
    readonly healthy: readonly Series[];
  };
}

const REDIS = { instance: 'redis:9121' };
const up: Series = { series: 'redis_up{instance="redis:9121"}', values: '1+0x40' };
const keys = (values: string): Series => ({
  series: 'redis_db_keys{db="db0",instance="redis:9121"}',
  values,
});

/** A counter that an exporter shows only once it has counted has no `increase` the first time. */
const firstOrMore = (selector: string, exporterUp: string): string =>
  `increase(${selector}[5m]) > 0\nor ((${selector} > 0) unless (${selector} offset 5m)) and on (instance) (${exporterUp} offset 5m == 1)`;

export const alerts: readonly Alert[] = [
  {
    name: 'SessionMassLogout',
    causes: ['store-flushed', 'store-lost-on-restart', 'store-evicting'],
    // A gauge: delta, never rate, which would read each fall as a counter reset.
    expr: '(delta(redis_db_keys[5m]) / (redis_db_keys offset 5m) < -0.3) and (redis_db_keys offset 5m > 100)',
    severity: 'page',
    summary: 'Sessions are vanishing',
    description:
      'More than 30 % of the keys of {{ $labels.db }} on {{ $labels.instance }} are gone within 5 minutes.',
    test: {
      at: '15m',
      labels: { db: 'db0', ...REDIS },
      sick: [up, keys('50000+10x12 40+5x20')],
      healthy: [up, keys('50000+10x12 49000-20x20')],
    },
  },
  {
    name: 'SessionStoreEmpty',
    causes: ['store-flushed', 'store-lost-on-restart', 'store-lookup-moved'],
    // An empty database has no keyspace line, so its gauge goes away rather than to zero.
    expr: '((redis_db_keys offset 5m > 100) unless redis_db_keys) and on (instance) (redis_up == 1)',
    severity: 'page',
    summary: 'The session store is empty',
    description: '{{ $labels.db }} on {{ $labels.instance }} had keys 5 minutes ago and has none now.',
    test: {
      at: '15m',
      labels: { db: 'db0', ...REDIS },
      sick: [up, keys('50000+10x12 stale')],
      healthy: [up, keys('50000+10x40')],
    },
  },
  {
    name: 'SessionsDraining',
    causes: ['store-evicting', 'session-reaper', 'lifetime-wrong', 'store-lookup-moved'],
    expr: '(deriv(redis_db_keys[30m]) * 3600 < -0.5 * redis_db_keys) and (redis_db_keys > 100)',
    for: '10m',
    severity: 'ticket',
    summary: 'Sessions are lost faster than they are made',
    description:
      'At this pace half of the keys of {{ $labels.db }} on {{ $labels.instance }} are gone within the hour.',
    test: {
      at: '60m',
      labels: { db: 'db0', ...REDIS },
      sick: [keys('50000-700x60')],
      healthy: [keys('50000-100x60')],
    },
  },
  {
    name: 'LoginSpike',
    causes: ['secret-rotated-no-grace', 'store-flushed', 'session-table-destroyed', 'deliberate-revocation'],
    expr: '(rate(app_logins_total[5m]) > 5 * rate(app_logins_total[1h] offset 10m)) and (rate(app_logins_total[5m]) > 1)',
    for: '2m',
    severity: 'page',
    summary: 'Everybody is logging in again',
    description: 'Logins on {{ $labels.instance }} run at more than 5 times their usual rate.',
    needs: 'app_logins_total: a counter of successful logins; rename it to your own',
    test: {
      at: '90m',
      labels: { instance: 'app:8080' },
      sick: [{ series: 'app_logins_total{instance="app:8080"}', values: '0+60x80 5000+1200x20' }],
      healthy: [{ series: 'app_logins_total{instance="app:8080"}', values: '0+60x80 4860+90x20' }],
    },
  },
  {
    name: 'SessionsEvicted',
    causes: ['store-evicting'],
    expr: 'increase(redis_evicted_keys_total[5m]) > 0',
    severity: 'page',
    summary: 'The session store evicts keys',
    description:
      '{{ $labels.instance }} is at its memory limit and deletes keys before their time. Do not restart it.',
    test: {
      at: '15m',
      labels: REDIS,
      sick: [{ series: 'redis_evicted_keys_total{instance="redis:9121"}', values: '0+0x10 40+40x10' }],
      healthy: [{ series: 'redis_evicted_keys_total{instance="redis:9121"}', values: '900+0x30' }],
    },
  },
  {
    name: 'SessionStoreNearItsLimit',
    causes: ['store-evicting', 'store-unavailable'],
    expr: 'redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.8',
    for: '10m',
    severity: 'ticket',
    summary: 'The session store is nearly full',
    description: '{{ $labels.instance }} uses more than 80 % of maxmemory.',
    test: {
      at: '20m',
      labels: REDIS,
      sick: [
        { series: 'redis_memory_used_bytes{instance="redis:9121"}', values: '85+0x30' },
        { series: 'redis_memory_max_bytes{instance="redis:9121"}', values: '100+0x30' },
      ],
      healthy: [
        { series: 'redis_memory_used_bytes{instance="redis:9121"}', values: '85+0x30' },
        { series: 'redis_memory_max_bytes{instance="redis:9121"}', values: '0+0x30' },
      ],
    },
  },
  {
    name: 'SessionStoreFlushed',
    causes: ['store-flushed'],
    expr: firstOrMore('redis_commands_total{cmd=~"flushall|flushdb|swapdb"}', 'redis_up'),
    severity: 'page',
    summary: 'Somebody flushed the session store',
    description: '{{ $labels.cmd }} ran on {{ $labels.instance }}. Find what ran it before it runs again.',
    test: {
      at: '12m',
      labels: { cmd: 'flushall', ...REDIS },
      sick: [
        up,
        { series: 'redis_commands_total{cmd="flushall",instance="redis:9121"}', values: '_x10 1+0x10' },
      ],
      healthy: [
        up,
        { series: 'redis_commands_total{cmd="flushall",instance="redis:9121"}', values: '1+0x40' },
      ],
    },
  },
  {
    name: 'SessionStoreRestarted',
    causes: ['store-lost-on-restart'],
    expr: 'redis_uptime_in_seconds < (redis_uptime_in_seconds offset 5m)',
    severity: 'ticket',
    summary: 'The session store restarted',
    description:
      '{{ $labels.instance }} restarted within the last 5 minutes. Compare its number of keys with before.',
    test: {
      at: '12m',
      labels: REDIS,
      sick: [{ series: 'redis_uptime_in_seconds{instance="redis:9121"}', values: '90000+60x10 5+60x10' }],
      healthy: [{ series: 'redis_uptime_in_seconds{instance="redis:9121"}', values: '90000+60x30' }],
    },
  },
  {
    name: 'SessionStoreRefuses',
    causes: ['store-unavailable'],
    expr: firstOrMore(
      'redis_errors_total{err=~"OOM|READONLY|NOAUTH|WRONGPASS|MISCONF|LOADING|NOREPLICAS|CLUSTERDOWN"}',
      'redis_up',
    ),
    severity: 'page',
    summary: 'The session store refuses commands',
    description:
      '{{ $labels.instance }} answers {{ $labels.err }}. Sessions are still there: answer 503, keep cookies.',
    test: {
      at: '12m',
      labels: { err: 'OOM', ...REDIS },
      sick: [up, { series: 'redis_errors_total{err="OOM",instance="redis:9121"}', values: '_x10 3+3x10' }],
      healthy: [up, { series: 'redis_errors_total{err="OOM",instance="redis:9121"}', values: '7+0x40' }],
    },
  },
  {
    name: 'SessionStoreDown',
    causes: ['store-unavailable'],
    expr: 'redis_up == 0',
    for: '1m',
    severity: 'page',
    summary: 'The session store does not answer',
    description: 'The exporter cannot reach {{ $labels.instance }}. Tell users to wait, not to log out.',
    test: {
      at: '12m',
      labels: REDIS,
      sick: [{ series: 'redis_up{instance="redis:9121"}', values: '1+0x9 0+0x10' }],
      healthy: [up],
    },
  },
  {
    name: 'JwksKeyWithdrawn',
    causes: ['jwks-key-withdrawn', 'jwks-stale-or-throttled'],
    expr: '(jwks_kid_info offset 10m unless on (instance, kid) jwks_kid_info) and on (instance) count by (instance) (jwks_kid_info) > 0',
    severity: 'page',
    summary: 'A signing key has left the key set',
    description:
      'kid {{ $labels.kid }} is no longer served by {{ $labels.instance }}. Was the last token that it signed gone?',
    needs:
      'jwks_kid_info{kid}: 1 for each key of the JWKS, e.g. by json_exporter with path {.keys[*]} and label kid',
    test: {
      at: '15m',
      labels: { instance: 'https://id.example.com/jwks', kid: 'k1' },
      sick: [
        { series: 'jwks_kid_info{instance="https://id.example.com/jwks",kid="k1"}', values: '1+0x8 stale' },
        { series: 'jwks_kid_info{instance="https://id.example.com/jwks",kid="k2"}', values: '1+0x30' },
      ],
      healthy: [
        { series: 'jwks_kid_info{instance="https://id.example.com/jwks",kid="k1"}', values: '1+0x30' },
        { series: 'jwks_kid_info{instance="https://id.example.com/jwks",kid="k2"}', values: '_x9 1+0x30' },
      ],
    },
  },
  {
    name: 'CertificateExpiresSoon',
    causes: ['trust-credential-expired'],
    expr: '(probe_ssl_earliest_cert_expiry - time()) / 86400 < 14',
    for: '10m',
    severity: 'ticket',
    summary: 'A certificate runs out within 14 days',
    description:
      'The certificate that {{ $labels.instance }} serves expires soon. Look at what is served, not at the rotation job.',
    test: {
      at: '20m',
      labels: { instance: 'https://id.example.com' },
      sick: [
        {
          series: 'probe_ssl_earliest_cert_expiry{instance="https://id.example.com"}',
          values: '950400+0x30',
        },
      ],
      healthy: [
        {
          series: 'probe_ssl_earliest_cert_expiry{instance="https://id.example.com"}',
          values: '5184000+0x30',
        },
      ],
    },
  },
  {
    name: 'ClockOff',
    causes: ['clock-skew'],
    expr: 'abs(node_timex_offset_seconds) > 0.5 or node_timex_sync_status == 0',
    for: '10m',
    severity: 'ticket',
    summary: 'A clock is off or not synchronised',
    description: 'Tokens that {{ $labels.instance }} issues or checks may count as expired or not yet valid.',
    test: {
      at: '20m',
      labels: { instance: 'app1:9100' },
      sick: [{ series: 'node_timex_sync_status{instance="app1:9100"}', values: '0+0x30' }],
      healthy: [
        { series: 'node_timex_sync_status{instance="app1:9100"}', values: '1+0x30' },
        { series: 'node_timex_offset_seconds{instance="app1:9100"}', values: '-0.01+0x30' },
      ],
    },
  },
];
