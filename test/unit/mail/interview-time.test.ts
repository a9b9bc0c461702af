import { formatSpan, zoneOrUtc } from '../../../activities/mail/interview-time.js';

function span(from: string, until: string, timezone: string | null) {
  return formatSpan({ startsAt: Date.parse(from), endsAt: Date.parse(until), timezone });
}

describe('the time of an interview in words', () => {
  it('is told in the interview’s zone with its offset', () => {
    expect(span('2026-11-24T09:00:00Z', '2026-11-24T09:45:00Z', 'Europe/Berlin')).toBe(
      'Tuesday 24 November 2026, 10:00 to 10:45 (Europe/Berlin, UTC+01:00)',
    );
  });

  it('follows summer time', () => {
    expect(span('2026-07-01T09:00:00Z', '2026-07-01T09:45:00Z', 'Europe/Berlin')).toContain(
      '11:00 to 11:45 (Europe/Berlin, UTC+02:00)',
    );
    expect(span('2026-07-01T09:00:00Z', '2026-07-01T10:00:00Z', 'America/New_York')).toContain(
      '05:00 to 06:00 (America/New_York, UTC-04:00)',
    );
  });

  it('tells the two equal hours of an autumn night apart', () => {
    const first = span('2026-10-25T00:10:00Z', '2026-10-25T00:20:00Z', 'Europe/Berlin');
    const second = span('2026-10-25T01:10:00Z', '2026-10-25T01:20:00Z', 'Europe/Berlin');
    expect(first).toContain('02:10 to 02:20 (Europe/Berlin, UTC+02:00)');
    expect(second).toContain('02:10 to 02:20 (Europe/Berlin, UTC+01:00)');
  });

  it('tells both offsets when the clocks change in between', () => {
    expect(span('2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', 'Europe/Berlin')).toBe(
      'Sunday 25 October 2026, 02:30 (UTC+02:00) to 02:30 (UTC+01:00), Europe/Berlin',
    );
    expect(span('2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', 'Europe/Berlin')).toBe(
      'Sunday 29 March 2026, 01:30 (UTC+01:00) to 03:30 (UTC+02:00), Europe/Berlin',
    );
  });

  it('tells the second day of a span over midnight', () => {
    expect(span('2026-11-24T22:30:00Z', '2026-11-24T23:30:00Z', 'Europe/Berlin')).toBe(
      'Tuesday 24 November 2026, 23:30 to Wednesday 25 November 2026, 00:30 (Europe/Berlin, UTC+01:00)',
    );
  });

  it('knows zones with odd offsets', () => {
    expect(span('2026-11-24T09:00:00Z', '2026-11-24T10:00:00Z', 'Asia/Kathmandu')).toContain(
      '14:45 to 15:45 (Asia/Kathmandu, UTC+05:45)',
    );
  });

  it.each([null, '', '   ', 'Mars/Olympus', 'local', 'system', 'Berlin time', '<b>'])(
    'is told in UTC when the zone is %j',
    (timezone) => {
      expect(zoneOrUtc({ timezone })).toBe('UTC');
      expect(span('2026-11-24T09:00:00Z', '2026-11-24T09:45:00Z', timezone)).toBe(
        'Tuesday 24 November 2026, 09:00 to 09:45 (UTC+00:00)',
      );
    },
  );
});
