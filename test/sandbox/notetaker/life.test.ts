import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createControlClient } from '../../../sandbox/notetaker/control-client.js';
import type { NotetakerSimulator } from '../../../sandbox/notetaker/simulator.js';
import type { RoomScenario } from '../../../sandbox/notetaker/types.js';
import { call, inAnHour, order, quick, start, until, untilState } from './support.js';

let simulator: NotetakerSimulator;

beforeEach(async () => {
  simulator = await start();
});
afterEach(async () => {
  await simulator.close();
});

const meetingUrl = 'https://meet.google.com/abc-defg-hij';

it.each<[RoomScenario['kind'], string, string]>([
  ['never_admit', 'not_admitted', 'waiting_room_timeout'],
  ['deny', 'not_admitted', 'denied_by_host'],
  ['host_never_opens', 'meeting_not_started', 'host_never_opened'],
  ['nobody_comes', 'no_one_joined', 'nobody_came'],
  ['everybody_leaves_early', 'attended_recorded', 'everyone_left'],
  ['bad_link', 'failed', 'meeting_url_unusable'],
])('ends a bot where %s as %s', async (kind, outcome, subCode) => {
  await simulator.control.setScenario({ meetingUrl, scenario: { kind } });
  const { body } = await call(simulator, 'POST', '/bots', order());
  const bot = await untilState(simulator, body.id, 'ended');
  expect([bot.outcome, bot.subCode]).toEqual([outcome, subCode]);
  expect(bot.facts.joinedAt === null).toBe(
    ['never_admit', 'deny', 'host_never_opens', 'bad_link'].includes(kind),
  );
});

it('walks all states to the planned end and keeps the facts', async () => {
  const leaveAt = new Date(Date.now() + 400).toISOString();
  const { body } = await call(simulator, 'POST', '/bots', order({ leaveAt }));
  const bot = await untilState(simulator, body.id, 'ended');
  expect([bot.outcome, bot.subCode]).toEqual(['attended_recorded', 'leave_at_reached']);
  expect(Object.values(bot.facts).filter((fact) => fact === null)).toEqual([null]);
  const [record] = await simulator.control.bots();
  expect(record?.history.map((entry) => entry.state)).toEqual([
    'scheduled',
    'starting',
    'joining',
    'waiting_room',
    'in_call',
    'recording',
    'leaving',
    'processing',
    'ended',
  ]);
});

it('never starts before its time', async () => {
  let now = Date.parse('2026-11-24T10:00:00Z');
  await simulator.close();
  simulator = await start({ now: () => now });
  const joinAt = new Date(now + 60_000).toISOString();
  const { body } = await call(simulator, 'POST', '/bots', order({ joinAt }));
  now += 59_999;
  await call(simulator, 'POST', '/bots', order({ key: 'clock', joinAt: '2026-11-24T09:00:00Z' }));
  await until(async () => (await simulator.control.bots())[1]?.state !== 'scheduled');
  expect((await simulator.control.bots())[0]?.state).toBe('scheduled');
  now += 1;
  expect((await untilState(simulator, body.id, 'starting')).version).toBe(2);
});

it('stays unrecorded where nothing is to be recorded', async () => {
  const recording = { record: false, transcribe: false };
  const { body } = await call(simulator, 'POST', '/bots', order({ recording }));
  await untilState(simulator, body.id, 'in_call');
  await simulator.control.endMeeting({ meetingUrl });
  const bot = await untilState(simulator, body.id, 'ended');
  expect([bot.outcome, bot.subCode]).toEqual(['attended_not_recorded', 'meeting_ended']);
});

it('lets a person admit and a participant remove, over HTTP', async () => {
  await simulator.close();
  simulator = await start({ pace: { ...quick, longestWaitMs: 60_000 } });
  const control = createControlClient({ url: simulator.url });
  await control.setScenario({ scenario: { kind: 'never_admit' } });
  const { body } = await call(simulator, 'POST', '/bots', order());
  await untilState(simulator, body.id, 'waiting_room');
  await control.admit({ botId: body.id });
  await untilState(simulator, body.id, 'recording');
  await control.removeByParticipant({ botId: body.id });
  const bot = await untilState(simulator, body.id, 'ended');
  expect([bot.outcome, bot.facts.removedBy]).toEqual(['removed', 'participant']);
  expect(await control.bots({ meetingUrl })).toEqual(await simulator.control.bots());
  expect((await control.statistics()).calls['create 201']).toBe(1);
});

it('keeps bots, keys and scenarios over a restart', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'notetaker-')), 'state.json');
  await simulator.close();
  simulator = await start({ stateFile });
  const later = order({ key: 'later', joinAt: inAnHour() });
  const { body: scheduled } = await call(simulator, 'POST', '/bots', later);
  const { body: running } = await call(simulator, 'POST', '/bots', order());
  await untilState(simulator, running.id, 'recording');
  await simulator.control.setScenario({ scenario: { kind: 'deny' } });
  await simulator.close();

  simulator = await start({ stateFile });
  const again = await call(simulator, 'POST', '/bots', later);
  expect([again.status, again.body]).toEqual([200, scheduled]);
  await simulator.control.endMeeting({ meetingUrl });
  expect((await untilState(simulator, running.id, 'ended')).outcome).toBe('attended_recorded');
  const { body: denied } = await call(simulator, 'POST', '/bots', order({ key: 'denied' }));
  expect((await untilState(simulator, denied.id, 'ended')).subCode).toBe('denied_by_host');
  expect(await simulator.control.creates()).toHaveLength(4);
});

it('keeps a bot whose create was answered when the process dies right after', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'notetaker-')), 'state.json');
  await simulator.close();
  simulator = await start({ stateFile });
  const { body } = await call(simulator, 'POST', '/bots', order({ joinAt: inAnHour() }));
  const survivor = await start({ stateFile });
  expect((await call(survivor, 'GET', `/bots/${body.id}`)).body).toEqual(body);
  await survivor.close();
});

it('shows the page for people and refuses forms of other sites', async () => {
  const page = await fetch(`${simulator.url}/_control/`);
  expect(await page.text()).toContain('<h1>Notetaker</h1>');
  const form = await fetch(`${simulator.url}/_control/reset`, { method: 'POST', body: 'a=b' });
  expect(form.status).toBe(422);
});
