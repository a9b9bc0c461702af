import { randomUUID } from 'node:crypto';
import { createRequestPace, longestWaitMs } from '../../activities/joining/request-pace.js';
import { collectionsOf } from '../../common/read-model/collections.js';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';
import { required } from '../support/required.js';

let database: Database;
beforeAll(async () => {
  const uri = new URL(required('TEST_MONGODB_URI'));
  uri.pathname = `/pace-${randomUUID().slice(0, 8)}`;
  database = await connectDatabase({ uri: uri.toString(), appName: 'test' });
});
afterAll(() => database.close());

describe('the pace of requests to a provider', () => {
  it('is kept by two processes together', async () => {
    const provider = randomUUID();
    const one = { collections: collectionsOf({ database }), provider, createPerMinute: 1_200 };
    const paces = [createRequestPace(one), createRequestPace(one)];
    const startedAt = Date.now();
    const turns = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => (await paces[at % 2]?.turn())?.waitMs),
    );
    expect(turns).toEqual(Array.from({ length: 20 }, () => 0));
    // Twenty requests, 50 ms apart: the last one goes out 950 ms after the first.
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(940);
  });

  it('reserves for all who wait in a few steps of the store, however slow that is', async () => {
    const collections = collectionsOf({ database });
    const { collection } = collections.provider_leases;
    let writes = 0;
    const slow = new Proxy(collection, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          writes += name === 'findOne' ? 0 : 1;
          await new Promise((resolve) => setTimeout(resolve, 50));
          return (await value.apply(target, given)) as unknown;
        };
      },
    });
    const pace = createRequestPace({
      collections: { provider_leases: { collection: slow } as typeof collections.provider_leases },
      ...{ provider: randomUUID(), createPerMinute: 60_000 },
    });
    const turns = await Promise.all(Array.from({ length: 100 }, () => pace.turn()));
    expect(turns).toEqual(Array.from({ length: 100 }, () => ({ waitMs: 0 })));
    expect(writes).toBeLessThanOrEqual(3);
  });

  it('sends away whoever would have to wait too long, and takes no turn for that', async () => {
    const provider = randomUUID();
    const collections = collectionsOf({ database });
    const pace = createRequestPace({ collections, provider, createPerMinute: 6 });
    expect(await pace.turn()).toEqual({ waitMs: 0 });
    const refused = [await pace.turn(), await pace.turn()];
    for (const { waitMs } of refused) {
      expect(waitMs).toBeGreaterThan(longestWaitMs);
      expect(waitMs).toBeLessThanOrEqual(10_000);
    }
  });
});
