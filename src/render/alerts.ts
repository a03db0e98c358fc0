/**
 * Alerts as Prometheus rule files, and a promtool test file for each.
 *
 * @module
 */
import { stringify } from 'yaml';
import type { Alert, Series } from '../causes/alerts.ts';

const YAML_OPTIONS = { lineWidth: 0 } as const;

/** A rule file with one group. `title` becomes a comment at its head. */
export function alertRules(group: string, title: string, alerts: readonly Alert[]): string {
  const needs = alerts.flatMap((alert) => (alert.needs ? [`# ${alert.name} needs ${alert.needs}`] : []));
  const rules = alerts.map((alert) => ({
    alert: alert.name,
    expr: alert.expr,
    ...(alert.for && { for: alert.for }),
    labels: { severity: alert.severity },
    annotations: annotationsOf(alert),
  }));
  const head = [`# ${title}`, '# Check with: promtool check rules FILE', ...needs].join('\n');
  return `${head}\n${stringify({ groups: [{ name: group, rules }] }, YAML_OPTIONS)}`;
}

/** The tests of a rule file: each alert fires on its sick series and is silent on its healthy ones. */
export function alertTests(ruleFile: string, alerts: readonly Alert[]): string {
  const tests = alerts.flatMap((alert) => [
    testOf(alert, 'fires', alert.test.sick, [
      {
        exp_labels: { severity: alert.severity, ...alert.test.labels },
        exp_annotations: Object.fromEntries(
          Object.entries(annotationsOf(alert)).map(([name, text]) => [name, filled(text, alert.test.labels)]),
        ),
      },
    ]),
    testOf(alert, 'stays silent', alert.test.healthy, []),
  ]);
  const head = '# Run with: promtool test rules FILE';
  return `${head}\n${stringify({ rule_files: [ruleFile], evaluation_interval: '1m', tests }, YAML_OPTIONS)}`;
}

function testOf(alert: Alert, what: string, series: readonly Series[], expected: readonly object[]): object {
  return {
    name: `${alert.name} ${what}`,
    interval: '1m',
    input_series: series,
    alert_rule_test: [{ eval_time: alert.test.at, alertname: alert.name, exp_alerts: expected }],
  };
}

function annotationsOf(alert: Alert): Readonly<Record<string, string>> {
  return {
    summary: alert.summary,
    description: alert.description,
    causes: alert.causes.join(', '),
    runbook: `sessdoctor diagnose --since 10m; sessdoctor explain ${alert.causes[0]}`,
  };
}

function filled(text: string, labels: Readonly<Record<string, string>>): string {
  return text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '');
}
