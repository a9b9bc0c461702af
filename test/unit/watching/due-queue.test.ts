import { createDueQueue } from '../../../activities/watching/due-rows.js';
import { watchPeriods } from '../../../activities/watching/tiers.js';
import type { Collections } from '../../../common/read-model/collections.js';
import type { WorkRow } from '../../../common/read-model/documents.js';

const periods = { ...watchPeriods, lookAgain: 5 };

/** A work list that answers only when it is let; each look asks for several groups of rows. */
function heldStore(rows: () => Partial<WorkRow>[]) {
  let isHeld = false;
  let waiting: (() => void)[] = [];
  const lean = async () => {
    if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve));
    return rows();
  };
  const found = { sort: () => found, limit: () => found, lean };
  const collections = { applications: { find: () => found } } as unknown as Collections;
  return {
    collections,
    hold: () => {
      isHeld = true;
    },
    letGo: () => {
      isHeld = false;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    isAsked: () => waiting.length > 0,
  };
}

function row(_id: string): Partial<WorkRow> {
  return { _id, kind: 'application', tier: 'hot', jobId: 'job', urgent: false, nextCheckAt: 0 };
}

const life = { orgId: 'org', generation: 'one' };
const past = async (at: number) => {
  while (Date.now() < at) await new Promise((resolve) => setTimeout(resolve, 1));
};

describe('the rows that a slice hands out', () => {
  it('do not wait for the next look while some are left, and none is handed out twice', async () => {
    const store = heldStore(() => ['a', 'b', 'c'].map(row));
    const queue = createDueQueue(store.collections, {
      ...{ ...life, startedAt: Date.now(), periods: () => periods, closed: () => [] },
    });
    const taken = [(await queue.next())?._id];
    store.hold();
    await past(Date.now() + 200);
    taken.push((await queue.next())?._id);
    expect(store.isAsked()).toBe(true);
    const [second] = taken.slice(-1);
    queue.done({ _id: second } as WorkRow);
    store.letGo();
    taken.push((await queue.next())?._id);
    expect(taken).toHaveLength(3);
    expect(new Set(taken)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('are looked up once more when a look that began earlier found nothing', async () => {
    let rows = ['a', 'b'];
    const store = heldStore(() => rows.map(row));
    const queue = createDueQueue(store.collections, {
      ...{ ...life, startedAt: Date.now(), periods: () => periods, closed: () => [] },
    });
    await queue.next();
    await past(Date.now() + 200);
    rows = [];
    // Begins a look in the background, and takes what was left.
    expect(await queue.next()).not.toBeNull();
    rows = ['hinted'];
    expect((await queue.next())?._id).toBe('hinted');
  });

  it('end with the failure of a look in the background', async () => {
    let isBroken = false;
    const store = heldStore(() => {
      if (isBroken) throw new Error('the store is away');
      return ['a', 'b', 'c'].map(row);
    });
    const queue = createDueQueue(store.collections, {
      ...{ ...life, startedAt: Date.now(), periods: () => periods, closed: () => [] },
    });
    await queue.next();
    isBroken = true;
    await past(Date.now() + 200);
    const rest = async () => {
      for (let turn = 0; turn < 3; turn += 1) await queue.next();
    };
    await expect(rest()).rejects.toThrow('the store is away');
  });
});
