import fc from 'fast-check';
import { renderMail } from '../../../activities/mail/render.js';
import { type AlertMail, renderAlertMail } from '../../../activities/mail/render-alert.js';

const alert = (change: Partial<AlertMail> = {}): AlertMail => ({
  title: 'The notetaker is not in the interview',
  whatHappened: 'It was not sent in time.',
  whatToDo: 'Use “Send it now”.',
  jobTitle: 'Engineer',
  session: {
    startsAt: Date.UTC(2026, 10, 24, 9),
    endsAt: Date.UTC(2026, 10, 24, 10),
    timezone: 'UTC',
  },
  links: { sendNowUrl: 'https://pillar.example/l/a', skipUrl: 'https://pillar.example/l/b' },
  pageUrl: 'https://pillar.example/',
  ...change,
});

describe('an alert as a mail', () => {
  it('refuses a link that is none', () => {
    const links = { sendNowUrl: 'javascript:alert(1)', skipUrl: 'https://pillar.example/l/b' };
    expect(() => renderAlertMail(alert({ links }))).toThrow(TypeError);
  });

  it('keeps whatever stands in a title a text of one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (jobTitle) => {
        const { subject, html } = renderAlertMail(alert({ jobTitle: `<b>${jobTitle}` }));
        expect(subject).not.toMatch(/[\r\n]/);
        expect(html).not.toContain('<b>');
      }),
    );
  });

  it('says when, what happened and what to do, and offers both choices', () => {
    const { text } = renderAlertMail(alert());
    expect(text).toContain('Interview for Engineer: Tuesday 24 November 2026, 09:00 to 10:00');
    expect(text).toContain('Send it now: https://pillar.example/l/a');
    expect(text).toContain('Keep it out: https://pillar.example/l/b');
  });

  it('offers no choice when there is nothing to choose', () => {
    const { text, html } = renderAlertMail(
      alert({ session: null, links: null, jobTitle: null, whatToDo: 'Wait.' }),
    );
    expect(`${text}${html}`).not.toMatch(/Send it now|\/l\/|undefined|null/);
  });
});

describe('the mail that asks to let the notetaker in', () => {
  const facts = {
    kind: 'interviewer_admit' as const,
    name: 'Bo',
    organizationName: null,
    jobTitle: 'Engineer',
    notetakerName: 'Pillar Notetaker',
    sessions: [{ startsAt: 0, endsAt: 3_600_000 }],
    timezone: null,
    record: true,
    transcribe: true,
    unsubscribeUrl: 'mailto:stop@pillar.example',
  };

  it('says whether it comes or waits already, with the interviewer’s own word', () => {
    expect(renderMail(facts).subject).toBe('Soon: please admit Pillar Notetaker (Engineer)');
    const waiting = renderMail({
      ...facts,
      isWaiting: true,
      notThisOneUrl: 'https://pillar.example/l/abc',
      optOutUrl: 'https://pillar.example/opt-out/def',
    });
    expect(waiting.subject).toBe('Pillar Notetaker is waiting: please let it in (Engineer)');
    for (const link of ['https://pillar.example/l/abc', 'https://pillar.example/opt-out/def']) {
      expect(waiting.text).toContain(link);
      expect(waiting.html).toContain(`href="${link}"`);
    }
  });
});
