import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseCreate, parseMove } from '../../../sandbox/notetaker/requests.js';
import type { NotetakerSimulator } from '../../../sandbox/notetaker/simulator.js';
import { apiKey, call, inAnHour, order, start, until, untilState } from './support.js';

const text = readFileSync('docs/notetaker-contract.openapi.json', 'utf8');
const contract = JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as {
  paths: Record<string, Record<string, { responses?: Record<string, { $ref?: string }> }>>;
  components: { schemas: Record<string, object> };
};

function schemaOf(name: string): z.ZodType {
  const $defs = contract.components.schemas;
  return z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs } as Parameters<
    typeof z.fromJSONSchema
  >[0]);
}

let simulator: NotetakerSimulator;

beforeEach(async () => {
  simulator = await start();
});
afterEach(async () => {
  await simulator.close();
});

it.each([
  [{ key: '' }],
  [{ key: 'k'.repeat(501) }],
  [{ colour: 'blue' }],
  [{ botName: 'n'.repeat(101) }],
  [{ joinAt: 'soon' }],
  [{ meetingUrl: 'ftp://meet.google.com/abc' }],
  [{ metadata: { a: 1 } }],
  [{ recording: { record: true } }],
  [{ automaticLeave: { waitingRoomSeconds: 0 } }],
])('refuses what the contract refuses: %j', (changes) => {
  expect(schemaOf('CreateBot').safeParse(order(changes)).success).toBe(false);
  expect(() => parseCreate(order(changes))).toThrow('does not match the contract');
});

it('takes what the contract takes', () => {
  const bodies = [
    order(),
    order({ leaveAt: inAnHour() }),
    order({ automaticLeave: { noOneJoinedSeconds: 60 }, metadata: {} }),
  ];
  for (const body of bodies) {
    expect(schemaOf('CreateBot').parse(body)).toBeTruthy();
    expect(parseCreate(body).key).toBe('test:one');
  }
  expect(schemaOf('MoveBot').parse({ leaveAt: null })).toEqual({ leaveAt: null });
  expect(parseMove({ leaveAt: null })).toEqual({ leaveAt: null });
  expect(schemaOf('MoveBot').safeParse({ botName: 'x' }).success).toBe(false);
  expect(() => parseMove({ botName: 'x' })).toThrow('does not match the contract');
});

it('answers bots, lists and problems as the contract draws them', async () => {
  const bot = schemaOf('Bot');
  const { body } = await call(simulator, 'POST', '/bots', order());
  expect(bot.safeParse(body).error).toBeUndefined();
  expect(bot.safeParse({ ...body, state: 'asleep' }).success).toBe(false);
  await untilState(simulator, body.id, 'recording');
  await call(simulator, 'DELETE', `/bots/${body.id}`);
  const ended = await untilState(simulator, body.id, 'ended');
  expect(bot.safeParse(ended).error).toBeUndefined();
  const list = await call(simulator, 'GET', '/bots?limit=1');
  expect(schemaOf('BotList').safeParse(list.body).error).toBeUndefined();
  const problem = await call(simulator, 'POST', '/bots', order({ key: '' }));
  expect(schemaOf('Problem').safeParse(problem.body).error).toBeUndefined();
});

it('answers only with the statuses that the contract names', async () => {
  const named = (path: string, method: string) =>
    Object.keys(contract.paths[path]?.[method]?.responses ?? {});
  const seen: [string, string, number][] = [];
  const take = async (path: string, method: string, real: string, body?: object) => {
    const { status } = await call(simulator, method.toUpperCase(), real, body);
    seen.push([path, method, status]);
  };
  const later = order({ joinAt: inAnHour() });
  await take('/bots', 'post', '/bots', later);
  await take('/bots', 'post', '/bots', later);
  await take('/bots', 'post', '/bots', order());
  await take('/bots', 'post', '/bots', {});
  await take('/bots', 'get', '/bots?limit=0');
  await take('/bots', 'get', '/bots');
  const bot = await until(async () => (await simulator.control.bots())[0]);
  await take('/bots/{id}', 'patch', `/bots/${bot.id}`, { joinAt: inAnHour() });
  await take('/bots/{id}', 'patch', `/bots/${bot.id}`, {});
  await take('/bots/{id}', 'delete', `/bots/${bot.id}`);
  await take('/bots/{id}', 'delete', `/bots/${bot.id}`);
  await take('/bots/{id}', 'patch', `/bots/${bot.id}`, { joinAt: inAnHour() });
  await take('/bots/{id}', 'get', '/bots/none');
  expect(seen.map(([, , status]) => status)).toEqual([
    201, 200, 409, 422, 422, 200, 200, 422, 202, 200, 409, 404,
  ]);
  for (const [path, method, status] of seen) {
    expect(named(path, method)).toContain(String(status));
  }
  const stranger = await fetch(`${simulator.apiUrl}/bots`, {
    headers: { authorization: `Basic ${apiKey}` },
  });
  expect(named('/bots', 'get')).toContain(String(stranger.status));
});
