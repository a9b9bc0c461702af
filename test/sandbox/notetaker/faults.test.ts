import type { NotetakerSimulator } from '../../../sandbox/notetaker/simulator.js';
import type { FaultKind } from '../../../sandbox/notetaker/types.js';
import { call, inAnHour, order, start, until } from './support.js';

let simulator: NotetakerSimulator;

beforeEach(async () => {
  simulator = await start();
});
afterEach(async () => {
  await simulator.close();
});

const later = (changes: object = {}) => order({ joinAt: inAnHour(), ...changes });

it.each<[FaultKind, number, string]>([
  ['rate_limited', 429, 'rate_limited'],
  ['internal', 500, 'internal'],
  ['capacity', 503, 'capacity'],
  ['refuse', 422, 'invalid_request'],
  ['unauthorized', 401, 'unauthorized'],
  ['forbidden', 403, 'forbidden'],
])('%s makes no bot and is over after one call', async (kind, status, code) => {
  await simulator.control.injectFault({ on: 'create', kind, retryAfterSeconds: 7 });
  const failed = await call(simulator, 'POST', '/bots', later());
  expect([failed.status, failed.body.code]).toEqual([status, code]);
  expect(failed.headers.get('retry-after')).toBe([429, 503].includes(status) ? '7' : null);
  expect(await simulator.control.bots()).toHaveLength(0);
  expect((await call(simulator, 'POST', '/bots', later())).status).toBe(201);
});

it.each<[FaultKind]>([['accept_then_hang'], ['accept_then_reset']])(
  '%s makes the bot although no answer comes',
  async (kind) => {
    await simulator.control.injectFault({ on: 'create', kind });
    await expect(call(simulator, 'POST', '/bots', later(), 150)).rejects.toThrow(
      /timeout|fetch failed/,
    );
    const found = await call(simulator, 'GET', '/bots?key=test:one');
    expect(found.body.items).toHaveLength(1);
    const again = await call(
      simulator,
      'POST',
      '/bots',
      later({ joinAt: found.body.items[0]?.joinAt }),
    );
    expect([again.status, again.body.id]).toEqual([200, found.body.items[0]?.id]);
    const [first] = await simulator.control.creates();
    expect([first?.status, first?.fault]).toEqual([201, kind]);
  },
);

it('internal_after_accept makes the bot and answers 500', async () => {
  await simulator.control.injectFault({ on: 'create', kind: 'internal_after_accept' });
  expect((await call(simulator, 'POST', '/bots', later())).status).toBe(500);
  expect(await simulator.control.bots()).toHaveLength(1);
});

it('late takes the request long after the client has gone', async () => {
  await simulator.control.injectFault({ on: 'create', kind: 'late', delayMs: 300 });
  await expect(call(simulator, 'POST', '/bots', later(), 50)).rejects.toThrow(/timeout/);
  expect((await call(simulator, 'GET', '/bots?key=test:one')).body.items).toHaveLength(0);
  const [create] = await simulator.control.creates();
  expect(create?.takenAt).toBeNull();
  const bot = await until(async () => (await simulator.control.bots())[0]);
  expect(bot.createdAt - (create?.arrivedAt ?? Infinity)).toBeGreaterThanOrEqual(295);
  expect((await simulator.control.statistics()).calls['create none']).toBe(1);
});

it('slow, html and reset fail as they are called', async () => {
  await simulator.control.injectFault({ on: 'list', kind: 'slow', delayMs: 100 });
  const startedAt = Date.now();
  expect((await call(simulator, 'GET', '/bots')).status).toBe(200);
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(95);
  await simulator.control.injectFault({ on: 'any', kind: 'html' });
  await expect(call(simulator, 'GET', '/bots')).rejects.toThrow(/JSON/);
  await simulator.control.injectFault({ on: 'create', kind: 'reset' });
  await expect(call(simulator, 'POST', '/bots', later())).rejects.toThrow(/fetch failed/);
  expect(await simulator.control.bots()).toHaveLength(0);
});

it('meets only the calls it was meant for, as often as it was meant', async () => {
  await simulator.control.injectFault({ on: 'create', kind: 'capacity', times: 2, keyPrefix: 'x' });
  const statusOf = async (key: string) =>
    (await call(simulator, 'POST', '/bots', later({ key }))).status;
  expect(await statusOf('y')).toBe(201);
  expect([await statusOf('x'), await statusOf('x2'), await statusOf('x')]).toEqual([503, 503, 201]);
  await simulator.control.injectFault({ on: 'any', kind: 'internal', times: 9 });
  await simulator.control.clearFaults();
  expect((await call(simulator, 'GET', '/bots')).status).toBe(200);
});
