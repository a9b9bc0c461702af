import type { VendorSimulator } from '../../../sandbox/notetaker-vendors/control.js';
import {
  type RecallOptions,
  startRecallSimulator,
} from '../../../sandbox/notetaker-vendors/recall/simulator.js';
import { call, inMs, type Json, meet, until, zoom } from './support.js';

let simulator: VendorSimulator;

async function start(options: RecallOptions = {}): Promise<void> {
  simulator = await startRecallSimulator({ timeFactor: 200, tickMs: 2, ...options });
}
async function create(body: Json = {}, headers: Record<string, string> = {}) {
  return await call(simulator, 'POST', '/bot/', { body: { meeting_url: meet, ...body }, headers });
}
const codes = (bot: Json) => (bot.status_changes as Json[]).map((change) => change.code);
const lastOf = (bot: Json) => (bot.status_changes as Json[]).at(-1) as Json;

async function ended(id: string | number): Promise<Json> {
  return await until(async () => {
    const { body } = await call(simulator, 'GET', `/bot/${id}/`);
    return ['done', 'fatal'].includes(String(lastOf(body).code)) && body;
  });
}

afterEach(async () => {
  await simulator.close();
});

describe('taking a bot back', () => {
  it('deletes far out with 204, and the bot is gone', async () => {
    await start({ timeFactor: 1 });
    const { body } = await create({ join_at: inMs(3_600_000) });
    expect((await call(simulator, 'POST', `/bot/${body.id}/leave_call/`)).body.code).toBe(
      'cannot_command_unstarted_bot',
    );
    const deleted = await call(simulator, 'DELETE', `/bot/${body.id}/`);
    expect([deleted.status, deleted.text]).toEqual([204, '']);
    expect((await call(simulator, 'GET', `/bot/${body.id}/`)).status).toBe(404);
    expect(simulator.control.bot(String(body.id))?.endReason).toBe('deleted');
  });

  it.each([
    ['delete', 204, 400],
    ['leave', 405, 200],
    ['neither', 405, 400],
  ] as const)('within ten minutes takes back by %s', async (nearWindow, deleting, leaving) => {
    await start({ timeFactor: 1, nearWindow });
    const one = await create({ join_at: inMs(300_000) });
    const two = await create({ join_at: inMs(300_000), meeting_url: zoom });
    const deleted = await call(simulator, 'DELETE', `/bot/${one.body.id}/`);
    const left = await call(simulator, 'POST', `/bot/${two.body.id}/leave_call/`);
    expect([deleted.status, left.status]).toEqual([deleting, leaving]);
  });

  it('answers 405 to a delete once dispatched, leaves, and then calls it completed', async () => {
    await start();
    const { body } = await create();
    const path = `/bot/${body.id}`;
    await until(() => simulator.control.bot(String(body.id))?.phase === 'recording');
    expect((await call(simulator, 'DELETE', `${path}/`)).status).toBe(405);
    const patched = await call(simulator, 'PATCH', `${path}/`, { body: { bot_name: 'x' } });
    expect([patched.status, patched.body.detail]).toEqual([
      400,
      expect.stringContaining('without join call task'),
    ]);
    expect((await call(simulator, 'POST', `${path}/leave_call/`)).status).toBe(200);
    const bot = await ended(body.id);
    expect((bot.status_changes as Json[]).at(-2)?.sub_code).toBe('bot_received_leave_call');
    const again = await call(simulator, 'POST', `${path}/leave_call/`);
    expect([again.status, again.body.code]).toEqual([400, 'cannot_command_completed_bot']);
  });
});

describe('moving', () => {
  it('moves far out, refuses a near time, ignores silently once the machine is up', async () => {
    await start({ timeFactor: 1 });
    const { body } = await create({ join_at: inMs(3_600_000) });
    const joinAt = inMs(7_200_000);
    const moved = await call(simulator, 'PATCH', `/bot/${body.id}/`, {
      body: { join_at: joinAt, meeting_url: zoom },
    });
    expect([moved.body.join_at, moved.body.meeting_url]).toEqual([
      joinAt,
      { platform: 'zoom', meeting_id: '84012345678', meeting_password: 'Q1w2E3r4' },
    ]);
    const near = await call(simulator, 'PATCH', `/bot/${body.id}/`, {
      body: { join_at: inMs(60_000) },
    });
    expect([near.status, near.body.code]).toEqual([400, 'update_bot_failed']);
    const soon = await create({ join_at: inMs(60_000) });
    const ignored = await call(simulator, 'PATCH', `/bot/${soon.body.id}/`, {
      body: { meeting_url: zoom },
    });
    expect([ignored.status, (ignored.body.meeting_url as Json).platform]).toEqual([
      200,
      'google_meet',
    ]);
  });
});

describe('idempotency', () => {
  it('replays a completed answer, 507 included, and refuses while one is in progress', async () => {
    await start({ timeFactor: 1, adHocPool: 1 });
    const key = { 'idempotency-key': 'i-1:v1:0' };
    const first = await create({}, key);
    const again = await create({}, key);
    expect([again.status, again.body.id]).toEqual([201, first.body.id]);
    const full = await create({}, { 'idempotency-key': 'i-2:v1:0' });
    expect([full.status, full.headers.get('retry-after')]).toEqual([507, '30']);
    await call(simulator, 'DELETE', `/bot/${first.body.id}/`);
    await until(() => simulator.control.statistics().activeBots <= 1);
    simulator.control.faults({ on: 'create', kind: 'hang', delayMs: 1000 });
    const slow = create({ join_at: inMs(3_600_000) }, { 'idempotency-key': 'i-3' });
    const conflict = await until(async () => {
      const answer = await create({ join_at: inMs(3_600_000) }, { 'idempotency-key': 'i-3' });
      return answer.status === 409 && answer;
    });
    expect(conflict.status).toBe(409);
    const taken = await slow;
    expect((await create({}, { 'idempotency-key': 'i-3' })).body.id).toBe(taken.body.id);
    expect((await create({}, { 'idempotency-key': 'i-2:v1:0' })).status).toBe(507);
  });

  it('makes one bot although the answer was lost, and a second one without a key', async () => {
    await start({ timeFactor: 1 });
    simulator.control.faults({ on: 'create', kind: 'accept_then_lose' });
    const key = { 'idempotency-key': 'i-1' };
    await expect(create({ metadata: { k: 'one' } }, key)).rejects.toThrow('fetch failed');
    const repeated = await create({ metadata: { k: 'one' } }, key);
    const found = await call(simulator, 'GET', '/bot/?metadata__k=one');
    expect([repeated.status, found.body.count]).toEqual([201, 1]);
    simulator.control.faults({ on: 'create', kind: 'lose' });
    await expect(create({}, { 'idempotency-key': 'i-2' })).rejects.toThrow('fetch failed');
    expect(simulator.control.bots()).toHaveLength(1);
    await create();
    await create();
    await until(() => simulator.control.statistics().mostBotsInOneRoom === 3);
    expect(simulator.control.secondBots()).toHaveLength(3);
  });
});

describe('refusals', () => {
  it.each([
    [{ meeting_url: 'https://example.org/x' }, 'meeting_url'],
    [{ meeting_url: undefined }, 'meeting_url'],
    [{ join_at: 'soon' }, 'join_at'],
    [{ metadata: { a: 1 } }, 'metadata'],
    [{ bot_name: '' }, 'bot_name'],
  ])('answers 400 with the field for %j', async (body, field) => {
    await start();
    const answer = await create(body);
    expect([answer.status, Object.keys(answer.body)]).toEqual([400, [field]]);
    expect(simulator.control.bots()).toHaveLength(0);
  });

  it('answers 401 without the key, 403 in HTML for localhost, 404 without the slash', async () => {
    await start();
    expect((await create({}, { authorization: 'Token other' })).status).toBe(401);
    const blocked = await create({ metadata: { url: 'http://localhost/' } });
    expect([blocked.status, blocked.text]).toEqual([403, expect.stringContaining('<html>')]);
    expect((await call(simulator, 'GET', '/bot')).status).toBe(404);
  });

  it('keeps the published limit and says when to come again', async () => {
    await start({ timeFactor: 1, createPerMinute: 2 });
    const statuses: number[] = [];
    for (const _ of [1, 2, 3]) {
      statuses.push((await create({ join_at: inMs(3_600_000) })).status);
    }
    const limited = await create();
    expect([statuses, limited.status]).toEqual([[201, 201, 429], 429]);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(50);
  });
});

describe('lives', () => {
  it.each([
    [{ kind: 'admit', meetingEndsAfterMs: 5000 }, 'call_ended_by_host', 'done'],
    [{ kind: 'lobby' }, 'timeout_exceeded_waiting_room', 'done'],
    [{ kind: 'deny' }, 'bot_kicked_from_waiting_room', 'done'],
    [{ kind: 'kick', afterMs: 5000 }, 'bot_kicked_from_call', 'done'],
    [{ kind: 'nobody_joins' }, 'timeout_exceeded_noone_joined', 'done'],
    [{ kind: 'everyone_leaves', afterMs: 5000 }, 'timeout_exceeded_everyone_left', 'done'],
    [{ kind: 'recording_denied' }, 'timeout_exceeded_recording_permission_denied', 'done'],
    [{ kind: 'not_started' }, 'meeting_not_started', 'fatal'],
    [{ kind: 'bad_link' }, 'meeting_not_found', 'fatal'],
    [{ kind: 'fatal', subCode: 'zoom_sdk_update_required' }, 'zoom_sdk_update_required', 'fatal'],
  ] as const)('%j ends with %s', async (behaviour, subCode, last) => {
    await start();
    simulator.control.setRoom(meet, behaviour);
    const { body } = await create({
      automatic_leave: { waiting_room_timeout: 20, noone_joined_timeout: 20 },
    });
    const bot = await ended(body.id);
    const changes = bot.status_changes as Json[];
    expect(lastOf(bot).code).toBe(last);
    expect(
      changes
        .map((change) => change.sub_code)
        .filter(Boolean)
        .at(-1),
    ).toBe(subCode);
    expect(codes(bot).includes('in_call_recording')).toBe(
      ['admit', 'kick', 'nobody_joins', 'everyone_leaves'].includes(behaviour.kind),
    );
  });

  it('clears join_at at the join, so that the list finds the bot by it only before', async () => {
    await start();
    const { body } = await create({ join_at: inMs(1000) });
    const query = `/bot/?join_at_after=${encodeURIComponent(inMs(-60_000))}`;
    expect((await call(simulator, 'GET', query)).body.count).toBe(1);
    await until(() => simulator.control.bot(String(body.id))?.phase !== 'scheduled');
    expect((await call(simulator, 'GET', query)).body.count).toBe(0);
  });
});

it('pages its list', async () => {
  await start({ timeFactor: 1, pageSize: 2 });
  for (const n of ['1', '2', '3']) {
    await create({ join_at: inMs(3_600_000), metadata: { n, all: 'x' } });
  }
  const first = await call(simulator, 'GET', '/bot/?metadata__all=x');
  const second = await call(simulator, 'GET', String(first.body.next));
  const ns = [first, second].flatMap((page) =>
    (page.body.results as Json[]).map((bot) => (bot.metadata as Json).n),
  );
  expect([first.body.count, ns, second.body.next]).toEqual([3, ['3', '2', '1'], null]);
  expect((await call(simulator, 'GET', '/bot/?page=3')).status).toBe(404);
});
