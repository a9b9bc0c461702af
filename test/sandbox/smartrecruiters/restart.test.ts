import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSmartRecruitersControlClient } from '../../../sandbox/smartrecruiters/control-client.js';
import { startSmartRecruitersSimulator } from '../../../sandbox/smartrecruiters/simulator.js';
import { scheduleTwoSessions, startWithCompany, until, wideLimits } from './started-simulator.js';
import { startWithSubscriber } from './subscriber.js';

describe('state file', () => {
  let folder: string;
  let stateFile: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'simulator-'));
    stateFile = join(folder, 'deep', 'state.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('refuses to start from a file that is not a state', async () => {
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{"companies":');
    await expect(startSmartRecruitersSimulator({ stateFile: broken })).rejects.toThrow('JSON');
  });

  it('brings back the world, tokens and cancellations after a restart', async () => {
    const first = await startWithCompany({ stateFile, limits: wideLimits });
    const { interviewId } = await scheduleTwoSessions(first);
    const cancelled = await scheduleTwoSessions(first);
    await first.simulator.control.cancelInterview({ interviewId: cancelled.interviewId });
    const before = await first.simulator.control.snapshot({ companyId: first.companyId });
    const token = await first.tokenWith(['interviews_read']);
    await first.simulator.close();

    const second = await startSmartRecruitersSimulator({ stateFile });
    const ids = { companyId: first.companyId };
    const after = await second.control.snapshot(ids);
    expect(after).toMatchObject({ ...before, credentials: expect.any(Array) });
    const response = await fetch(
      `${second.url}/interviews-api/v201904/interviews?applicationId=${first.applicationId}`,
      { headers: { authorization: `Bearer ${token}` } },
    );
    expect(await response.json()).toMatchObject({ content: [{ id: interviewId }] });
    await second.close();
  });

  it('goes on delivering to active subscriptions after a restart', async () => {
    const first = await startWithSubscriber({ stateFile });
    const subscriptionId = await first.subscribe();
    await first.manage(`/${subscriptionId}/secret-key`, { method: 'POST' });
    const before = await first.simulator.control.listSubscriptions();
    await first.simulator.close();

    const second = await startSmartRecruitersSimulator({ stateFile });
    expect(await second.control.listSubscriptions()).toEqual(before);
    await second.control.scheduleInterview({
      applicationId: first.applicationId,
      timeslots: [{ startsOn: '2030-01-01T09:00:00Z', endsOn: '2030-01-01T10:00:00Z' }],
    });
    await until(async () => first.subscriber.received.length === 1);
    await second.close();
    await first.subscriber.close();
  });

  it('has every control write on disk before it answers', async () => {
    const { simulator, jobId } = await startWithCompany({ stateFile });
    await simulator.control.closeJob({ jobId });
    expect(JSON.parse(await readFile(stateFile, 'utf8'))).toMatchObject({
      jobs: [{ id: jobId, status: 'FILLED' }],
    });
    await simulator.close();
  });

  it('runs as a program that SIGTERM ends cleanly, even with a hanging request', async () => {
    const run = await startProgram(stateFile);
    const control = createSmartRecruitersControlClient({ url: run.url });
    const seeded = await control.seedCompany({
      name: 'Acme',
      jobs: 2,
      candidatesPerJob: 3,
      seed: 7,
    });
    await expect(control.closeJob({ jobId: 'unknown' })).rejects.toThrow('No such job');
    await control.injectFault({ match: {}, kind: 'hang' });
    const hanging = fetch(`${run.url}/jobs`).catch((error: unknown) => error);
    await until(async () => (await control.statistics()).injectedFaultCount === 1);
    expect(await end(run.program)).toBe(0);
    expect(await hanging).toMatchObject({ message: 'fetch failed' });

    const again = await startProgram(stateFile);
    const restarted = createSmartRecruitersControlClient({ url: again.url });
    expect(await restarted.listCompanies()).toEqual([seeded.company]);
    expect(await end(again.program)).toBe(0);
  });
});

async function startProgram(stateFile: string): Promise<{ program: ChildProcess; url: string }> {
  const main = new URL('../../../sandbox/smartrecruiters/main.ts', import.meta.url).pathname;
  const program = spawn(
    process.execPath,
    ['--import', 'tsx', main, '--port', '0', '--state-file', stateFile],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(program.stdout, 'data')) as [Buffer];
  return { program, url: (JSON.parse(line.toString()) as { url: string }).url };
}

async function end(program: ChildProcess): Promise<number | null> {
  const exited = once(program, 'exit');
  program.kill('SIGTERM');
  const [code] = (await exited) as [number | null];
  return code;
}
