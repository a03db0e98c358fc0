import { describe, expect, it } from 'vitest';
import type { Symptoms } from '../../src/model.ts';
import type { Scene } from '../../src/probes/probe.ts';
import { symptoms } from '../../src/probes/symptoms.ts';

const slugs = (told: Symptoms) =>
  [...symptoms.examine({}, { symptoms: told } as Scene)].map((fact) => fact.slug);

describe('symptoms', () => {
  it('turns each answer into its own finding', () => {
    expect(slugs({ login: 'works', onset: 'step' })).toEqual(['login-works', 'onset-step']);
    expect(slugs({})).toEqual([]);
  });

  it.each<[Symptoms, string[]]>([
    [{ oldSessions: 'rejected', login: 'works', newLogin: 'sticks' }, ['pattern-lost-once']],
    [{ oldSessions: 'accepted', login: 'fails' }, ['pattern-new-refused']],
    [{ login: 'works', newLogin: 'dies' }, ['pattern-still-dying']],
    [
      { oldSessions: 'accepted', login: 'works', newLogin: 'dies' },
      ['pattern-still-dying', 'pattern-fresh-dies'],
    ],
    [{ oldSessions: 'rejected', login: 'fails' }, ['pattern-all-refused']],
    [{ oldSessions: 'error', login: 'fails' }, ['pattern-errors']],
    [{ oldSessions: 'rejected', login: 'works' }, []],
    [{ login: 'private-window-only', newLogin: 'dies' }, []],
    [{ affected: 'some', login: 'private-window-only' }, ['pattern-some-private']],
    [
      { oldSessions: 'mixed', login: 'works', newLogin: 'dies' },
      ['pattern-still-dying', 'pattern-fleet-disagrees'],
    ],
    [{ affected: 'some', newLogin: 'sticks', onset: 'recurring' }, ['pattern-idle-out']],
  ])('reads %j as %j', (told, expected) => {
    expect(slugs(told).filter((slug) => slug.startsWith('pattern-'))).toEqual(expected);
  });

  it.each<[Symptoms, string]>([
    [{ login: 'fails', newLogin: 'sticks' }, 'newLogin'],
    [{ login: 'fails', newLogin: 'dies', oldSessions: 'accepted' }, 'newLogin'],
    [{ onset: 'healed', login: 'works', newLogin: 'dies' }, 'onset'],
  ])('does not count the weaker of two answers that cannot both be true: %j', (told, leftOut) => {
    const said = slugs(told);
    expect(said[0]).toBe('contradictory');
    expect(said.filter((slug) => slug.startsWith(`${leftOut}-`))).toEqual([]);
    expect(said.filter((slug) => slug.startsWith('login-'))).toHaveLength(1);
  });

  it('finds no contradiction in what any cause brings about', () => {
    expect(slugs({ oldSessions: 'accepted', login: 'fails', onset: 'healed' })).not.toContain(
      'contradictory',
    );
    expect(slugs({ affected: 'everyone', oldSessions: 'accepted', login: 'fails' })).not.toContain(
      'contradictory',
    );
  });

  it('has words for every slug it can say', () => {
    const answers = {
      intended: ['yes', 'no'],
      affected: ['everyone', 'some'],
      oldSessions: ['rejected', 'accepted', 'mixed', 'error'],
      login: ['works', 'fails', 'private-window-only'],
      newLogin: ['sticks', 'dies'],
      onset: ['step', 'ramp', 'recurring', 'healed'],
    };
    for (const [name, values] of Object.entries(answers))
      for (const value of values)
        for (const slug of slugs({ [name]: value })) expect(symptoms.findings).toHaveProperty([slug]);
  });
});
