import type { ActivityDeps } from '../../activities/deps.js';
import type { VendorCallback } from '../../activities/smartrecruiters/vendor-types.js';
import { ensureFixedRows } from '../../activities/watching/work-list.js';

import type { SubscriptionDoc, VendorEventDoc } from '../../common/read-model/documents.js';
import { hookSecretContext } from '../../common/sealed-fields.js';
import { keyOfCallback, subscriptionKeyHash } from '../../common/vendor-event.js';
import { vendorFailure } from '../support/activity-deps.js';
import { applicationIdOf, createStage, hour, minute, type Stage } from './stage.js';
import { followVendorEvents, webhooksOn } from './webhooks-stage.js';

const day = 24 * hour;
const ada = { candidateId: 'candidate-1', jobId: 'job-1' };
const adas = applicationIdOf(ada);

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  await stage.install();
  await stage.addRole('job-1');
  await ensureFixedRows(stage.deps.collections, stage.life);
});

afterEach(() => stage.close());

const { vendor, atVendor, turnWith, stored, change, receive } = webhooksOn(() => stage);

function secretsOf({ secrets }: SubscriptionDoc): string[] {
  const context = hookSecretContext(stage.life);
  return secrets.map(({ sealed }) => stage.deps.vault.open({ sealed, context }));
}

/** One subscription at the vendor, active, whose callback and key are the ones that are stored. */
async function expectWorking(): Promise<void> {
  const doc = await stored();
  const [only, ...others] = atVendor();
  expect(others).toEqual([]);
  expect([doc.state, doc.reason, doc.activationUntil]).toEqual(['active', null, null]);
  expect([only?.subscriptionId, only?.status]).toEqual([doc.subscriptionId, 'active']);
  const { publicUrl } = stage.deps;
  const address = keyOfCallback({ publicUrl, callbackUrl: only?.callbackUrl ?? '' });
  expect(subscriptionKeyHash(address?.key ?? '')).toBe(doc.keyHash);
  expect(only?.secretKeys).toContain(secretsOf(doc)[0]);
}

describe('the webhook subscription', () => {
  it('is made, activated and given a key in one turn, and only looked at in the next', async () => {
    let activation: SubscriptionDoc | null = null;
    vendor().onActivate = async () => {
      activation = await stored();
    };
    const result = await turnWith();
    expect(result.row.lastResult).toBe('active');
    await expectWorking();
    expect(activation).toMatchObject({ state: 'preparing' });
    expect((activation as SubscriptionDoc | null)?.activationUntil).toBeGreaterThan(Date.now());
    const [made] = atVendor();
    expect(made?.callbackUrl).toMatch(/^https:\/\/pillar\.test\/v1\/webhooks\/smartrecruiters\//);
    expect(made?.events).toContain('interview.canceled');
    expect(JSON.stringify(await stored())).not.toContain(made?.callbackUrl.slice(-43));

    stage.deps.company.calls.length = 0;
    const again = await turnWith();
    expect(again.requests).toBe(2);
    expect(stage.deps.company.calls).toEqual([
      'listSubscriptions',
      'readCallbacksLogPage subscription-1 first',
    ]);
    await expectWorking();
  });

  it('is not tried where the vendor could not call us', async () => {
    const deps: ActivityDeps = {
      ...stage.deps,
      publicUrl: 'http://localhost:8080',
      smartRecruitersUrl: 'https://api.smartrecruiters.com',
    };
    const { row, requests } = await turnWith(deps);
    expect([row.lastResult, requests]).toEqual(['failed', 0]);
    expect(await stored()).toMatchObject({ state: 'failed', reason: 'public_url' });
    await turnWith({ ...deps, smartRecruitersUrl: 'http://127.0.0.1:9999' });
    expect((await stored()).state).toBe('active');
  });

  it('that the credential may not have is no fault, and is looked for again the next day', async () => {
    vendor().failure = vendorFailure('scope', 403);
    const { row } = await turnWith();
    expect(row.lastResult).toBe('no_scope');
    expect((row.nextCheckAt ?? 0) - Date.now()).toBeGreaterThan(23 * hour);
    expect(await stored()).toMatchObject({ state: 'no_scope', reason: 'scope' });
    vendor().failure = null;
    await turnWith();
    await expectWorking();
  });

  it('stays as it was while the vendor does not answer', async () => {
    await turnWith();
    const before = await stored();
    vendor().failure = vendorFailure('unavailable', 503);
    await expect(turnWith()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await stored()).toEqual(before);
  });

  it('that the vendor could not reach is asked for again', async () => {
    vendor().onActivate = async () => {
      throw vendorFailure('rejected', 400);
    };
    const { row } = await turnWith();
    expect(row.lastResult).toBe('failed');
    expect(await stored()).toMatchObject({
      state: 'failed',
      reason: 'not_activated',
      activationUntil: null,
    });
    vendor().onActivate = async () => undefined;
    await turnWith();
    await expectWorking();
  });

  it('whose creation was answered by nobody is found again instead of made twice', async () => {
    const client = await stage.deps.clients.clientFor('credential-1');
    const lossy = {
      ...client,
      webhooks: {
        ...client.webhooks,
        async createSubscription(input: { callbackUrl: string; events: readonly string[] }) {
          await client.webhooks.createSubscription(input);
          throw vendorFailure('unavailable');
        },
      },
    };
    const deps = { ...stage.deps, clients: { clientFor: async () => lossy, forget() {} } };
    await expect(turnWith(deps)).rejects.toMatchObject({ kind: 'unavailable' });
    await turnWith();
    await expectWorking();
    expect(atVendor()[0]?.subscriptionId).toBe('subscription-1');
  });

  it('that was suspended is lifted, and what it missed is read', async () => {
    await turnWith();
    await stage.addApplication(ada, { nextCheckAt: Date.now() + day });
    for (const one of vendor().subscriptions.values()) one.status = 'suspended';
    const states: string[] = [];
    vendor().onActivate = async () => void states.push((await stored()).state);
    await turnWith();
    expect(states).toEqual(['suspended']);
    await expectWorking();
    expect((await stage.row(ada)).nextCheckAt).toBeLessThanOrEqual(Date.now());
  });

  it('that was lifted just before a crash has what it missed read by the next turn', async () => {
    await turnWith();
    await stage.addApplication(ada, { nextCheckAt: Date.now() + day });
    for (const one of vendor().subscriptions.values()) one.status = 'suspended';
    stage.deps.company.beforeAnswer = async (call) => {
      if (call.startsWith('readCallbacksLogPage')) throw vendorFailure('unavailable', 503);
    };
    await expect(turnWith()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await stored()).toMatchObject({ gap: true });
    stage.deps.company.beforeAnswer = async () => undefined;
    await turnWith();
    expect((await stage.row(ada)).nextCheckAt).toBeLessThanOrEqual(Date.now());
    expect(await stored()).toMatchObject({ gap: false });
  });

  it('of a life that is being erased is not made', async () => {
    await stage.install({ phase: 'uninstalling', version: 2 });
    expect((await turnWith()).row.lastResult).toBe('superseded');
    expect(await stage.deps.collections.subscriptions.countDocuments({})).toBe(0);
    expect(stage.deps.company.calls).toEqual([]);
  });

  it('that stays suspended is told as such', async () => {
    await turnWith();
    for (const one of vendor().subscriptions.values()) one.status = 'suspended';
    vendor().onActivate = async () => {
      throw vendorFailure('unavailable', 502);
    };
    await turnWith();
    expect(await stored()).toMatchObject({ state: 'suspended', reason: 'not_activated' });
  });

  it('that somebody deleted at the vendor is made anew under another key', async () => {
    await turnWith();
    const before = await stored();
    await stage.addApplication(ada, { nextCheckAt: Date.now() + day });
    vendor().subscriptions.clear();
    await turnWith();
    await expectWorking();
    expect((await stored()).keyHash).not.toBe(before.keyHash);
    expect((await stage.row(ada)).nextCheckAt).toBeLessThanOrEqual(Date.now());
  });

  it('that a new credential may not see is made anew with it', async () => {
    await turnWith();
    const [old] = atVendor();
    vendor().subscriptions.clear();
    stage.deps.company.beforeAnswer = async (call) => {
      if (call === `getSubscription ${old?.subscriptionId}`) throw vendorFailure('scope', 403);
    };
    expect((await turnWith()).row.lastResult).toBe('active');
    await expectWorking();
  });

  it('that the vendor loses half way is made anew by the next turn', async () => {
    vendor().onActivate = async ({ subscriptionId }) => {
      vendor().subscriptions.delete(subscriptionId);
      throw vendorFailure('not_found', 404);
    };
    await turnWith();
    expect(await stored()).toMatchObject({ state: 'preparing', keyHash: null, reason: 'gone' });
    vendor().onActivate = async () => undefined;
    await turnWith();
    await expectWorking();
  });

  it('moves with the public address', async () => {
    await turnWith();
    await turnWith({ ...stage.deps, publicUrl: 'https://new.pillar.test' });
    expect(atVendor()).toHaveLength(1);
    expect(atVendor()[0]?.callbackUrl).toMatch(/^https:\/\/new\.pillar\.test\//);
  });

  it('leaves alone what others have with the same credential', async () => {
    const client = await stage.deps.clients.clientFor('credential-1');
    const events = ['job.created'];
    await client.webhooks.createSubscription({ callbackUrl: 'https://else.test/x', events });
    const neighbour = 'n'.repeat(43);
    const folder = `${stage.deps.publicUrl}/v1/webhooks/smartrecruiters/`;
    await client.webhooks.createSubscription({ callbackUrl: `${folder}${neighbour}`, events });
    await client.webhooks.createSubscription({ callbackUrl: `${folder}${'l'.repeat(43)}`, events });
    await stage.deps.collections.subscriptions.collection.insertOne({
      _id: 'neighbour/life-1' as never,
      orgId: 'neighbour',
      keyHash: subscriptionKeyHash(neighbour),
    });
    await turnWith();
    expect(atVendor().map(({ subscriptionId }) => subscriptionId)).toEqual([
      'subscription-1',
      'subscription-2',
      'subscription-4',
    ]);
  });

  it('gives way to another turn at the same time', async () => {
    vendor().onActivate = async () => {
      await change({ rev: 1_000 });
    };
    const { row } = await turnWith();
    expect(row.lastResult).toBe('superseded');
    vendor().onActivate = async () => undefined;
    await turnWith();
    await expectWorking();
  });

  it('works after a crash at any step, and there is never more than one more', async () => {
    let steps = 0;
    for (let at = 0; ; at += 1) {
      await stage.deps.collections.subscriptions.deleteMany({});
      vendor().subscriptions.clear();
      const died = await dieAt(at);
      expect(atVendor().length).toBeLessThanOrEqual(1);
      await turnWith();
      // What a request that came late left behind goes with the turn after.
      await turnWith();
      await expectWorking();
      if (!died) break;
      steps = at + 1;
    }
    // Seven writes, and before and after five requests.
    expect(steps).toBeGreaterThanOrEqual(15);
  });

  it('survives a crash again and again without filling the vendor', async () => {
    for (let at = 0; at < 40; at += 1) {
      await dieAt(at % 12);
      expect(atVendor().length).toBeLessThanOrEqual(2);
    }
    await turnWith();
    await turnWith();
    await expectWorking();
  });
});

/** A turn in a process that dies before or after its n-th effect; false when it had fewer. */
async function dieAt(place: number): Promise<boolean> {
  let effects = 0;
  const step = () => {
    if (effects === place) {
      effects += 1;
      throw new Error('the process died');
    }
    effects += 1;
  };
  const dying = <Target extends object>(target: Target, names: (name: string) => boolean): Target =>
    new Proxy(target, {
      get(of, name) {
        const member: unknown = Reflect.get(of, name);
        if (typeof member !== 'function' || !names(String(name))) return member;
        return async (...args: unknown[]) => {
          step();
          const answer: unknown = await member.apply(of, args);
          step();
          return answer;
        };
      },
    });
  const client = await stage.deps.clients.clientFor('credential-1');
  const { subscriptions } = stage.deps.collections;
  const collection = dying(subscriptions.collection, (name) => name === 'updateOne');
  const deps: ActivityDeps = {
    ...stage.deps,
    collections: {
      ...stage.deps.collections,
      subscriptions: new Proxy(subscriptions, {
        get: (of, name) => (name === 'collection' ? collection : Reflect.get(of, name)),
      }),
    },
    clients: {
      clientFor: async () => ({ ...client, webhooks: dying(client.webhooks, () => true) }),
      forget() {},
    },
  };
  try {
    await turnWith(deps);
    return false;
  } catch (error) {
    if (error instanceof Error && error.message === 'the process died') return true;
    throw error;
  }
}

describe('the key of the webhooks', () => {
  it('is rotated after thirty days, and the old one stays good for a day', async () => {
    await turnWith();
    const { secrets } = await stored();
    await change({ secrets: secrets.map((one) => ({ ...one, madeAt: Date.now() - 31 * day })) });
    await turnWith();
    const doc = await stored();
    expect(secretsOf(doc)).toEqual(['secret-subscription-1-2', 'secret-subscription-1-1']);
    expect(doc.secrets[0]?.goodUntil).toBeNull();
    const goodFor = (doc.secrets[1]?.goodUntil ?? 0) - Date.now();
    expect(goodFor).toBeGreaterThan(day - minute);
    expect(goodFor).toBeLessThanOrEqual(day);

    const [current, old] = doc.secrets;
    if (current === undefined || old === undefined) throw new Error('a secret is missing');
    await change({ secrets: [current, { ...old, goodUntil: Date.now() - 1 }] });
    await turnWith();
    expect(secretsOf(await stored())).toEqual(['secret-subscription-1-2']);
  });

  it('stays when it cannot be rotated', async () => {
    await turnWith();
    const { secrets } = await stored();
    await change({ secrets: secrets.map((one) => ({ ...one, madeAt: Date.now() - 31 * day })) });
    stage.deps.company.beforeAnswer = async (call) => {
      if (call.startsWith('createSecretKey')) throw vendorFailure('unavailable', 500);
    };
    await turnWith();
    expect(secretsOf(await stored())).toEqual(['secret-subscription-1-1']);
    await expectWorking();
  });

  it('that does not open any more is replaced', async () => {
    await turnWith();
    await change({ secrets: [{ sealed: 'v1.gone.x.y.z', madeAt: Date.now(), goodUntil: null }] });
    await turnWith();
    expect((await stored()).secrets).not.toHaveLength(0);
    await change({ secrets: (await stored()).secrets.slice(0, 1) });
    await expectWorking();
  });

  it('that the vendor gives no more of leads to a new subscription', async () => {
    let refused = 0;
    stage.deps.company.beforeAnswer = async (call) => {
      if (call === 'createSecretKey subscription-1') {
        refused += 1;
        throw vendorFailure('rejected', 400);
      }
    };
    const { row } = await turnWith();
    expect([row.lastResult, refused]).toEqual(['preparing', 1]);
    await turnWith();
    await expectWorking();
    expect(atVendor()[0]?.subscriptionId).toBe('subscription-2');
  });
});

describe('a gap in the deliveries', () => {
  const failed = (eventId: string, at: number, part: Partial<VendorCallback> = {}) => ({
    status: 'failed',
    at,
    headers: { 'event-id': eventId, 'event-name': 'interview.updated' },
    body: JSON.stringify({ interview_id: 'int-1', application_id: adas }),
    ...part,
  });
  const events = async () =>
    await stage.deps.collections.vendor_events
      .find({ orgId: stage.life.orgId })
      .sort({ eventId: 1 })
      .lean<VendorEventDoc[]>();

  it('is healed from the callbacks log, each event once', async () => {
    await turnWith();
    const now = Date.now();
    await receive('interview.updated', { interview_id: 'int-1', application_id: adas }, 'b');
    vendor().callbacks = [
      failed('c', now - 1, { headers: { 'event-id': 'c', 'event-name': 'offer.created' } }),
      failed('b', now - 2),
      failed('a', now - 3),
      failed('a', now - 4),
      failed('old', now - day),
      failed('fine', now - 5, { status: 'successful' }),
      failed('broken', now - 6, { body: '{' }),
    ];
    stage.deps.company.pageSize = 2;
    await turnWith();
    expect((await events()).map(({ eventId }) => eventId)).toEqual(['a', 'b']);
    await turnWith();
    expect(await events()).toHaveLength(2);
    await followVendorEvents(stage.deps, stage.life);
    expect((await events()).every(({ followedAt }) => followedAt !== null)).toBe(true);
  });

  it.each([
    ['no readable body', { body: '{' }],
    ['no name', { headers: { 'event-id': 'a' } }],
  ])('with an entry that has %s is healed by reading everything', async (_, part) => {
    await turnWith();
    await stage.addApplication(ada, { nextCheckAt: Date.now() + day });
    vendor().callbacks = [failed('broken', Date.now() - 1, part as Partial<VendorCallback>)];
    await turnWith();
    expect((await stage.row(ada)).nextCheckAt).toBeLessThanOrEqual(Date.now());
    const { values } = await stage.deps.metrics.webhooksReceived.get();
    expect(values).toContainEqual(
      expect.objectContaining({
        labels: { source: 'smartrecruiters', result: 'unreadable' },
        value: 1,
      }),
    );
  });

  it('too large for that is healed by reading everything', async () => {
    await turnWith();
    await stage.addApplication(ada, { nextCheckAt: Date.now() + day });
    const now = Date.now();
    vendor().callbacks = Array.from({ length: 60 }, (_, at) => failed(`event-${at}`, now - at));
    stage.deps.company.pageSize = 2;
    await turnWith();
    expect((await stage.row(ada)).nextCheckAt).toBeLessThanOrEqual(Date.now());
  });

  it('whose log may not be read leaves the webhooks working', async () => {
    stage.deps.company.beforeAnswer = async (call) => {
      if (call.startsWith('readCallbacksLogPage')) throw vendorFailure('scope', 403);
    };
    expect((await turnWith()).row.lastResult).toBe('active');
    await expectWorking();
  });

  it('is tried again from where it began when the log breaks off', async () => {
    await turnWith();
    const { healedAt } = await stored();
    stage.deps.company.beforeAnswer = async (call) => {
      if (call.startsWith('readCallbacksLogPage')) throw vendorFailure('unavailable', 503);
    };
    await expect(turnWith()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await stored()).toMatchObject({ state: 'active', healedAt });
  });
});
