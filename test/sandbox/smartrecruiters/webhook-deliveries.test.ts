import { signatureOf } from '../../../sandbox/smartrecruiters/webhook-signature.js';
import { scheduleTwoSessions, until } from './started-simulator.js';
import { type Received, type Subscribed, startWithSubscriber } from './subscriber.js';

const hourMs = 3_600_000;

interface LogRow {
  status: string;
  timestamp: string;
  requestDetails: { url: string; body: string; headers: Record<string, string> };
}

describe('the signature', () => {
  it('reproduces the published example', () => {
    const signature = signatureOf({
      secretKeys: ['HeBVky2bccvvkcXPimH8c'],
      timestamp: '1574080897',
      rawBody: '{"job_id":"jid","candidate_id":"cid"}',
      headers: {
        eventId: '123',
        eventName: 'application.created',
        eventVersion: 'v201910',
        link: '<http://smartrecruiters.com/endpoint>; rel=self',
      },
    });
    expect(signature).toBe('v1=2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f');
  });
});

describe('webhook deliveries', () => {
  let world: Subscribed;
  let now = 1_900_000_000_000;

  async function start(options: Parameters<typeof startWithSubscriber>[0] = {}): Promise<void> {
    // A minute of the vendor takes 10 ms here.
    world = await startWithSubscriber({ now: () => now, timeFactor: 6_000, ...options });
  }
  afterEach(() => world.end());

  const names = (): unknown[] =>
    world.subscriber.received.map(({ headers }) => headers['event-name']);
  const ids = (): unknown[] => world.subscriber.received.map(({ headers }) => headers['event-id']);
  const received = (count: number): Promise<void> =>
    until(async () => world.subscriber.received.length >= count);
  const statistics = () =>
    world.simulator.control.webhookStatistics({ companyId: world.companyId });
  const log = async (id: string, query = ''): Promise<LogRow[]> =>
    (await world.manage(`/${id}/callbacks-log${query}`)).body as LogRow[];
  const newKey = async (id: string): Promise<string> => {
    const { body } = await world.manage(`/${id}/secret-key`, { method: 'POST' });
    return (body as { secretKey: string }).secretKey;
  };

  function expectSigned(delivery: Received | undefined, secretKeys: string[]): void {
    const headers = delivery?.headers ?? {};
    expect(headers['smartrecruiters-signature']).toBe(
      signatureOf({
        secretKeys,
        timestamp: String(headers['smartrecruiters-timestamp']),
        rawBody: delivery?.body ?? '',
        headers: {
          eventId: String(headers['event-id']),
          eventName: String(headers['event-name']),
          eventVersion: String(headers['event-version']),
          link: headers.link as string | undefined,
        },
      }),
    );
  }

  it('do not happen before the activation or for events nobody asked for', async () => {
    await start();
    const id = await world.subscribe({ activate: false });
    await scheduleTwoSessions(world);
    await world.manage(`/${id}/activation`, { method: 'PUT' });
    await world.simulator.control.closeJob({ jobId: world.jobId });
    const { interviewId } = await scheduleTwoSessions(world);
    await received(1);
    expect(await statistics()).toMatchObject({ eventCount: 1 });
    expect(JSON.parse(world.subscriber.received[0]?.body ?? '')).toEqual({
      interview_id: interviewId,
      application_id: world.applicationId,
      candidate_id: world.candidateId,
      company_id: world.companyId,
    });
  });

  it('carry every documented header and a signature for each live key', async () => {
    await start();
    const id = await world.subscribe();
    const keys = [await newKey(id), await newKey(id)];
    const { interviewId } = await scheduleTwoSessions(world);
    await received(1);
    const [first] = world.subscriber.received;
    expect(first?.headers).toMatchObject({
      'event-id': expect.any(String),
      'event-name': 'interview.created',
      'event-version': 'v201910',
      link: expect.stringContaining(interviewId),
      'smartrecruiters-timestamp': String(Math.floor(now / 1_000)),
    });
    expectSigned(first, keys);
    now += (24 * hourMs) / 6_000 + 1;
    await world.simulator.control.moveInterview({ interviewId, byMinutes: 5 });
    await received(2);
    expectSigned(world.subscriber.received[1], keys.slice(1));
  });

  it('tell each change in the world, whoever made it', async () => {
    await start();
    const { control } = world.simulator;
    await world.subscribe({
      events: [
        'interview.created',
        'interview.updated',
        'interview.canceled',
        'application.created',
        'application.status.updated',
        'job.created',
        'job.updated',
        'job.status.updated',
        'candidate.updated',
        'candidate.deleted',
      ],
    });
    const told = async (expected: string[], act: () => Promise<unknown>): Promise<void> => {
      const before = world.subscriber.received.length;
      await act();
      await received(before + expected.length);
      const came = names().slice(before);
      expect(came).toHaveLength(expected.length);
      expect(new Set(came)).toEqual(new Set(expected));
    };
    const { applicationId, companyId, jobId, candidateId } = world;
    const { interviewId } = await scheduleTwoSessions(world, 'API');
    await received(1);
    await told(['interview.updated'], () =>
      world.call(`/interviews-api/v201904/interviews/${interviewId}`, {
        method: 'PATCH',
        body: { location: 'Room 1' },
      }),
    );
    await told(['interview.updated'], () => control.reply({ interviewId, status: 'accepted' }));
    await told(['interview.canceled'], () => control.cancelInterview({ interviewId }));
    await told(['application.status.updated'], () =>
      control.changeApplicationStatus({ applicationId, status: 'INTERVIEW' }),
    );
    await told(['job.created'], () => control.createJob({ companyId, title: 'Other' }));
    await told(['job.updated'], () => control.updateJob({ jobId, title: 'Renamed' }));
    await told(['job.updated', 'job.status.updated'], () => control.closeJob({ jobId }));
    await told(['candidate.updated'], () =>
      control.updateCandidate({ candidateId, lastName: 'Ng' }),
    );
    const other = await control.createJob({ companyId, title: 'Third' });
    await received(names().length + 1);
    await told(['application.created'], () =>
      control.createApplication({ candidateId, jobId: other.id }),
    );
    await told(['candidate.deleted'], () => control.deleteCandidate({ candidateId }));
  });

  it('are tried again with the same id and a new timestamp until 202 comes', async () => {
    await start({ webhooks: { suspendAfterFailures: 100 } });
    const id = await world.subscribe();
    await newKey(id);
    world.subscriber.status = 200;
    await scheduleTwoSessions(world);
    await received(3);
    now += 5_000;
    world.subscriber.status = 202;
    await until(async () => (await statistics()).deliveredCount === 1);
    expect(new Set(ids()).size).toBe(1);
    const { failedAttemptCount, waitingCount } = await statistics();
    expect(waitingCount).toBe(0);
    expect(failedAttemptCount).toBeGreaterThanOrEqual(3);
    const timestamps = world.subscriber.received.map(
      ({ headers }) => headers['smartrecruiters-timestamp'],
    );
    expect(new Set(timestamps).size).toBe(2);
    expect(await log(id, '?callbackStatus=successful')).toHaveLength(1);
  });

  it('end after ten retries', async () => {
    await start({ timeFactor: 6_000_000, webhooks: { suspendAfterFailures: 100 } });
    await world.subscribe();
    world.subscriber.status = 500;
    await scheduleTwoSessions(world);
    await until(async () => (await statistics()).givenUpCount === 1);
    expect(world.subscriber.received).toHaveLength(11);
    expect(await statistics()).toMatchObject({ waitingCount: 0, statuses: { 500: 11 } });
  });

  it('suspend the subscription after a series of failures; an activation lifts it', async () => {
    await start({ webhooks: { suspendAfterFailures: 3 } });
    const id = await world.subscribe();
    world.subscriber.status = 500;
    await scheduleTwoSessions(world);
    await until(
      async () =>
        ((await world.manage(`/${id}`)).body as { status: string }).status === 'suspended',
    );
    expect(await log(id, '?callbackStatus=failed')).toHaveLength(3);
    world.subscriber.status = 202;
    await scheduleTwoSessions(world);
    expect(await statistics()).toMatchObject({
      eventCount: 1,
      waitingCount: 0,
      suspensionCount: 1,
    });
    await world.manage(`/${id}/activation`, { method: 'PUT' });
    await scheduleTwoSessions(world);
    await until(async () => (await statistics()).deliveredCount === 1);
    await world.simulator.control.suspend({ subscriptionId: id });
    expect((await world.manage(`/${id}`)).body).toMatchObject({ status: 'suspended' });
  });

  it('stand in the log newest first, with filters by time and status, for 30 days', async () => {
    await start();
    const id = await world.subscribe();
    const times: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      now += 10;
      times.push(now);
      await scheduleTwoSessions(world);
      await until(async () => (await statistics()).deliveredCount === index + 1);
    }
    const rows = await log(id);
    expect(rows.map(({ timestamp }) => Date.parse(timestamp))).toEqual(times.toReversed());
    expect(rows[0]).toMatchObject({
      status: 'successful',
      requestDetails: {
        url: world.subscriber.url,
        body: world.subscriber.received.at(-1)?.body,
        headers: { 'event-id': ids().at(-1) },
      },
    });
    const iso = (at: number): string => encodeURIComponent(new Date(at).toISOString());
    const [one = 0, , , , five = 0] = times;
    expect(await log(id, `?after=${iso(one)}&before=${iso(five)}`)).toHaveLength(3);
    expect(await log(id, '?callbackStatus=failed')).toEqual([]);
    const page = await world.manage(`/${id}/callbacks-log?limit=2`);
    const next = /^<(.+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1] ?? '';
    expect(await log(id, new URL(next).search)).toEqual(rows.slice(2, 4));
    now += (30 * 24 * hourMs) / 6_000 + 1;
    expect(await log(id)).toEqual([]);
  });

  it('can come twice, in the wrong order, with a wrong signature, or never', async () => {
    await start();
    const { control } = world.simulator;
    const id = await world.subscribe();
    const key = await newKey(id);
    await control.webhookFaults({ duplicate: true });
    await scheduleTwoSessions(world);
    await received(2);
    expect(new Set(ids()).size).toBe(1);

    await control.webhookFaults({ disorder: true });
    const first = await scheduleTwoSessions(world);
    const second = await scheduleTwoSessions(world);
    await received(4);
    expect(world.subscriber.received[2]?.body).toContain(second.interviewId);
    expect(world.subscriber.received[3]?.body).toContain(first.interviewId);
    const third = await scheduleTwoSessions(world);
    await received(5);
    expect(world.subscriber.received[4]?.body).toContain(third.interviewId);

    await control.webhookFaults({ corruptSignature: 1 });
    await scheduleTwoSessions(world);
    await received(6);
    expect(() => expectSigned(world.subscriber.received[5], [key])).toThrow('toBe');

    await control.webhookFaults({ drop: true });
    await scheduleTwoSessions(world);
    expect(await control.webhookFaults()).toEqual({
      duplicate: 0,
      disorder: 0,
      drop: 0,
      corruptSignature: 0,
    });
    await scheduleTwoSessions(world);
    await received(7);
    expect(await statistics()).toMatchObject({ eventCount: 7, droppedCount: 1, duplicateCount: 1 });
  });

  it('can have names that nobody knows', async () => {
    await start();
    await world.subscribe();
    const { companyId } = world;
    await world.simulator.control.sendEvent({
      companyId,
      name: 'interview.teleported',
      eventId: 'e1',
      body: { interview_id: 'x' },
    });
    await received(1);
    expect(world.subscriber.received[0]).toMatchObject({
      headers: { 'event-id': 'e1', 'event-name': 'interview.teleported' },
      body: '{"interview_id":"x"}',
    });
  });

  it('carry what the subscriber asked for to know the vendor by', async () => {
    await start();
    const made = await world.manage('', {
      method: 'POST',
      body: {
        callbackUrl: world.subscriber.url,
        events: ['interview.created'],
        callbackAuthentication: { type: 'header', headerName: 'x-shared', headerValue: 'abc' },
      },
    });
    const { id } = made.body as { id: string };
    await world.manage(`/${id}/activation`, { method: 'PUT' });
    await scheduleTwoSessions(world);
    await received(1);
    expect(world.subscriber.received[0]?.headers).toMatchObject({ 'x-shared': 'abc' });
  });

  it('come in bursts of 200 a second', async () => {
    await start();
    const { control } = world.simulator;
    const { companyId } = world;
    await expect(control.burst({ companyId, perSecond: 200, forMs: 500 })).rejects.toThrow(
      'no interview',
    );
    await scheduleTwoSessions(world);
    await world.subscribe();
    await expect(control.burst({ companyId, perSecond: 200 })).rejects.toThrow('forMs');
    const startedMs = performance.now();
    await control.burst({ companyId, perSecond: 200, forMs: 1_000 });
    await until(async () => (await statistics()).deliveredCount === 200);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(new Set(names())).toEqual(new Set(['interview.updated']));
    expect(await statistics()).toMatchObject({ eventCount: 200, failedAttemptCount: 0 });
  });
});
