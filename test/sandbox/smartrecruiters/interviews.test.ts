import {
  type Started,
  scheduleTwoSessions,
  startWithCompany,
  wideLimits,
} from './started-simulator.js';

const base = '/interviews-api/v201904';
const unknown = '00000000-0000-4000-8000-000000000000';

describe('interviews', () => {
  let started: Started;
  let now = Date.parse('2030-01-01T00:00:00Z');

  beforeEach(async () => {
    now = Date.parse('2030-01-01T00:00:00Z');
    started = await startWithCompany({ limits: wideLimits, now: () => now });
  });
  afterEach(() => started.simulator.close());

  const one = (interviewId: string): string => `${base}/interviews/${interviewId}`;
  async function listed(): Promise<{ id: string; timeslots: Record<string, unknown>[] }[]> {
    const { body } = await started.call(
      `${base}/interviews?applicationId=${started.applicationId}`,
    );
    return (body as { content: { id: string; timeslots: Record<string, unknown>[] }[] }).content;
  }

  it('lists by application only: 400 without one, nothing for an unknown one', async () => {
    expect((await started.call(`${base}/interviews`)).status).toBe(400);
    expect((await started.call(`${base}/interviews?applicationId=nonsense`)).status).toBe(400);
    const none = await started.call(`${base}/interviews?applicationId=${unknown}`);
    expect(none).toMatchObject({ status: 200, body: { content: [] } });
  });

  it('shows no application id, update time, status or cancelled flag', async () => {
    const { interviewId } = await scheduleTwoSessions(started);
    const [interview] = await listed();
    expect(interview).toEqual({
      id: interviewId,
      candidate: { id: started.candidateId, status: 'pending' },
      jobId: started.jobId,
      organizerId: started.userId,
      timezone: 'Europe/Berlin',
      location: 'https://example.zoom.us/j/81234567890',
      locationType: 'VIDEO_MEETING_ZOOM',
      createdOn: '2030-01-01T00:00:00.000Z',
      source: 'UI',
      timeslots: [
        {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          title: 'Phone screen',
          startsOn: '2030-05-06T09:00:00.000Z',
          endsOn: '2030-05-06T09:30:00.000Z',
          interviewers: [{ id: started.userId, status: 'pending' }],
          candidateStatus: 'pending',
          noShow: false,
        },
        expect.objectContaining({ startsOn: '2030-05-06T10:00:00.000Z', interviewers: [] }),
      ],
    });
    expect((await started.call(one(interviewId))).body).toEqual(interview);
  });

  it('forgets a cancelled interview: gone from the list and 404 by id', async () => {
    const { interviewId } = await scheduleTwoSessions(started);
    await started.simulator.control.cancelInterview({ interviewId });
    expect(await listed()).toEqual([]);
    expect((await started.call(one(interviewId))).status).toBe(404);
    await expect(
      started.simulator.control.moveInterview({ interviewId, byMinutes: 5 }),
    ).rejects.toThrow('cancelled');
  });

  it('shows moves, a new link, replies and a removed timeslot', async () => {
    const { control } = started.simulator;
    const { interviewId, timeslotIds } = await scheduleTwoSessions(started);
    const [first = '', second = ''] = timeslotIds;
    await control.moveInterview({ interviewId, byMinutes: 15 });
    await control.moveInterview({
      interviewId,
      timeslotId: second,
      startsOn: '2030-05-07T10:00:00+02:00',
      endsOn: '2030-05-07T11:00:00+02:00',
    });
    await control.changeLink({ interviewId, location: 'https://meet.example/abc' });
    await control.reply({
      interviewId,
      timeslotId: first,
      userId: started.userId,
      status: 'declined',
    });
    await control.reply({ interviewId, timeslotId: first, status: 'accepted' });
    expect((await started.call(one(interviewId))).body).toMatchObject({
      location: 'https://meet.example/abc',
      timeslots: [
        {
          startsOn: '2030-05-06T09:15:00.000Z',
          candidateStatus: 'accepted',
          interviewers: [{ status: 'declined' }],
        },
        { startsOn: '2030-05-07T08:00:00.000Z', endsOn: '2030-05-07T09:00:00.000Z' },
      ],
    });
    await control.removeTimeslot({ interviewId, timeslotId: first });
    const [interview] = await listed();
    expect(interview?.timeslots.map((slot) => slot.id)).toEqual([second]);
    expect((await started.call(`${one(interviewId)}/timeslots/${first}`)).status).toBe(404);
  });

  it('refuses to change or delete what was made in the UI', async () => {
    const { interviewId, timeslotIds } = await scheduleTwoSessions(started, 'UI');
    const slot = `${one(interviewId)}/timeslots/${timeslotIds[0]}`;
    for (const [method, path, body] of [
      ['PATCH', one(interviewId), { location: 'x' }],
      ['DELETE', one(interviewId), undefined],
      ['DELETE', slot, undefined],
      ['PATCH', slot, { title: 'x' }],
      ['PUT', `${one(interviewId)}/candidate/status`, { status: 'accepted' }],
    ] as const) {
      expect((await started.call(path, { method, body })).status).toBe(422);
    }
    expect(await listed()).toMatchObject([{ location: 'https://example.zoom.us/j/81234567890' }]);
  });

  it('creates, changes and deletes an interview over the API', async () => {
    const created = await started.call(`${base}/interviews`, {
      method: 'POST',
      body: {
        candidate: { id: started.candidateId },
        jobId: started.jobId,
        organizerId: started.userId,
        timezone: 'Europe/London',
        location: 'https://meet.example/room',
        refUrl: 'https://calendar.example/1',
        timeslots: [
          {
            startsOn: '2030-02-01T09:00:00Z',
            endsOn: '2030-02-01T10:00:00Z',
            interviewers: [{ id: started.userId }],
          },
        ],
      },
    });
    expect(created.status).toBe(201);
    const { id, timeslots } = created.body as { id: string; timeslots: { id: string }[] };
    expect(created.body).toMatchObject({ source: 'API', refUrl: 'https://calendar.example/1' });

    const slot = `${one(id)}/timeslots/${timeslots[0]?.id}`;
    expect((await started.call(slot, { method: 'DELETE' })).status).toBe(409);
    const added = await started.call(`${one(id)}/timeslots`, {
      method: 'POST',
      body: { startsOn: '2030-02-02T09:00:00Z', endsOn: '2030-02-02T10:00:00Z', interviewers: [] },
    });
    expect(added.status).toBe(201);
    const patch = { location: 'Room 5', candidate: { status: 'tentative' } };
    expect((await started.call(one(id), { method: 'PATCH', body: patch })).status).toBe(204);
    const times = { startsOn: '2030-02-01T09:30:00Z' };
    expect((await started.call(slot, { method: 'PATCH', body: times })).status).toBe(204);
    const reply = { method: 'PUT', body: { status: 'accepted' } };
    expect((await started.call(`${slot}/candidateStatus`, reply)).status).toBe(204);
    const interviewer = `${slot}/interviewers/${started.userId}/status`;
    expect((await started.call(interviewer, reply)).status).toBe(204);
    const stranger = `${slot}/interviewers/ffffffffffffffffffffffff/status`;
    expect((await started.call(stranger, reply)).status).toBe(404);
    expect((await started.call(`${slot}/noshow`, { method: 'PATCH' })).status).toBe(400);
    const noShow = await started.call(`${slot}/noshow?value=true`, { method: 'PATCH' });
    expect(noShow.status).toBe(204);
    expect((await started.call(slot)).body).toMatchObject({
      startsOn: '2030-02-01T09:30:00.000Z',
      candidateStatus: 'accepted',
      noShow: true,
      interviewers: [{ id: started.userId, status: 'accepted' }],
    });
    expect((await started.call(slot, { method: 'DELETE' })).status).toBe(204);
    expect((await started.call(one(id))).body).toMatchObject({
      location: 'Room 5',
      candidate: { status: 'tentative' },
      timeslots: [{ startsOn: '2030-02-02T09:00:00.000Z' }],
    });

    expect((await started.call(one(id), { method: 'DELETE' })).status).toBe(204);
    expect((await started.call(one(id))).status).toBe(404);
    expect(await listed()).toEqual([]);
  });

  it('refuses an incomplete interview and one for somebody who did not apply', async () => {
    const empty = await started.call(`${base}/interviews`, { method: 'POST', body: {} });
    expect(empty.status).toBe(400);
    const noApplication = await started.call(`${base}/interviews`, {
      method: 'POST',
      body: {
        candidate: { id: unknown },
        jobId: started.jobId,
        organizerId: started.userId,
        timezone: 'Europe/London',
        timeslots: [
          { startsOn: '2030-02-01T09:00:00Z', endsOn: '2030-02-01T10:00:00Z', interviewers: [] },
        ],
      },
    });
    expect(noApplication.status).toBe(422);
  });

  it('leaves the candidate and the job untouched when an interview is scheduled', async () => {
    const before = await Promise.all([
      started.call(`/candidates/${started.candidateId}`),
      started.call(`/jobs/${started.jobId}`),
    ]);
    now += 60_000;
    await scheduleTwoSessions(started);
    const after = await Promise.all([
      started.call(`/candidates/${started.candidateId}`),
      started.call(`/jobs/${started.jobId}`),
    ]);
    expect(after.map(({ status }) => status)).toEqual([200, 200]);
    expect(after.map(({ body }) => body)).toEqual(before.map(({ body }) => body));
  });

  it('can hide everything that was made in the UI', async () => {
    const { interviewId } = await scheduleTwoSessions(started, 'UI');
    const api = await scheduleTwoSessions(started, 'API');
    await started.simulator.control.setQuirks({
      companyId: started.companyId,
      quirks: { hideUiInterviews: true },
    });
    expect((await listed()).map((row) => row.id)).toEqual([api.interviewId]);
    expect((await started.call(one(interviewId))).status).toBe(404);
  });

  it('answers interview types as a bare array of names', async () => {
    const { body } = await started.call(`${base}/interview-types`);
    expect(body).toContain('Phone Screen');
  });
});
