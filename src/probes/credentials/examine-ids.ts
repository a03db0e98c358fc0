/**
 * Key ids that credentials carry without a key set: ASP.NET Core's against its key ring, and those of iron,
 * Tornado, PASETO and Auth.js before against after. Pure.
 *
 * @module
 */
import type { Fact } from '../../model.ts';
import type { Slug } from './findings.ts';
import type { CredentialsSeen } from './observe.ts';
import type { Group } from './population.ts';
import type { RingSeen } from './ring.ts';
import { count, isoSeconds, list, sum, tell } from './words.ts';

/** Facts about key ids. */
export function* examineIds(seen: CredentialsSeen): Generator<Fact<Slug>> {
  const before = seen.before?.groups ?? [];
  const after = seen.after?.groups ?? [];
  yield* againstRing(before.filter(isProtected), seen);
  yield* changed(before, after);
}

/** One in so many whose key is gone is a straggler of a ring long ago. */
const FEW = 10;

function* againstRing(cookies: readonly Group[], { ring, now }: CredentialsSeen): Generator<Fact<Slug>> {
  const ids = ringIds(ring);
  if (ids.length === 0 || cookies.length === 0) return;
  const lost = cookies.filter((group) => !ids.includes(group.kid ?? ''));
  const found = cookies.filter((group) => !lost.includes(group));
  if (lost.length > 0 && sum(lost) * FEW >= sum(found))
    yield {
      slug: 'key-id-not-in-ring',
      subject: lost[0]?.kid ?? undefined,
      detail: `${count(sum(lost), 'cookie')} from before carry key id ${list(kidsOf(lost))}; the ring that was given holds ${list(ids)}${madeSince(ring)}`,
    };
  else
    yield {
      slug: 'key-id-in-ring',
      detail: `${tell(sum(found), sum(cookies), 'cookie')} from before carry a key id that the ring holds: ${list(kidsOf(found))}`,
    };
  const dead = (ring.keyRing ?? []).filter((key) => key.revoked).map((key) => key.id);
  const revoked = found.filter((group) => dead.includes(group.kid ?? ''));
  if (revoked.length > 0)
    yield {
      slug: 'key-id-revoked',
      subject: revoked[0]?.kid ?? undefined,
      detail: `${tell(sum(revoked), sum(cookies), 'cookie')} from before carry key id ${list(kidsOf(revoked))}, which the ring revokes`,
    };
  const live = (ring.keyRing ?? []).filter(
    (key) => !key.revoked && (key.expires === null || key.expires > now) && (key.activated ?? 0) <= now,
  );
  if (ring.keyRing !== null && live.length === 0)
    yield {
      slug: 'key-ring-without-live-key',
      detail: `none of its ${count(ring.keyRing.length, 'key')} is active now, so each instance makes one of its own unless the ring can be written`,
    };
}

/** When the keys that are there were made: a ring that is younger than the cookies was made anew. */
function madeSince({ keyRing }: RingSeen): string {
  const created = (keyRing ?? []).flatMap((key) => (key.created === null ? [] : [key.created]));
  return created.length === 0 ? '' : `, the oldest made at ${isoSeconds(Math.min(...created) / 1000)}`;
}

/** Ids of the ring's keys; a secret may also be named by its key's id. */
function ringIds({ keyRing, secrets }: RingSeen): string[] {
  const names = secrets.map((secret) => secret.name.toLowerCase());
  return [...(keyRing ?? []).map((key) => key.id), ...names.filter((name) => /^[0-9a-f-]{36}$/.test(name))];
}

function isProtected(group: Group): boolean {
  return group.kid !== null && group.format.startsWith('aspnetcore');
}

function kidsOf(groups: readonly Group[]): (string | null)[] {
  return [...new Set(groups.map((group) => group.kid))];
}

function* changed(before: readonly Group[], after: readonly Group[]): Generator<Fact<Slug>> {
  const withId = (groups: readonly Group[]) =>
    groups.filter((group) => group.kid !== null && group.format !== 'jws');
  for (const format of new Set(withId(before).map((group) => group.format))) {
    const ids = (groups: readonly Group[]) =>
      new Set(
        withId(groups)
          .filter((group) => group.format === format)
          .map((group) => group.kid),
      );
    const [old, fresh] = [ids(before), ids(after)];
    if (fresh.size === 0 || [...old].some((id) => fresh.has(id))) continue;
    yield {
      slug: 'key-id-changed',
      subject: format,
      detail: `${format}: key id ${list([...old])} before, ${list([...fresh])} after`,
    };
  }
}
