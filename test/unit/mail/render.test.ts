import fc from 'fast-check';
import {
  type CandidateMail,
  type InterviewerMail,
  type MailInput,
  renderMail,
} from '../../../activities/mail/render.js';

const facts = {
  name: 'Ada',
  organizationName: 'Acme',
  jobTitle: 'Engineer',
  notetakerName: 'Pillar Notetaker',
  sessions: [{ startsAt: Date.UTC(2026, 10, 24, 9), endsAt: Date.UTC(2026, 10, 24, 10) }],
  timezone: 'Europe/Berlin',
  record: true,
  transcribe: true,
  unsubscribeUrl: 'https://pillar.example/stop/abc?x=1&y=2',
};

function toCandidate(change: Partial<CandidateMail> = {}): CandidateMail {
  return {
    kind: 'candidate_notice',
    ...facts,
    answerUrl: 'https://pillar.example/consent/token',
    contact: 'Grace at Acme',
    ...change,
  };
}

function toInterviewer(change: Partial<InterviewerMail> = {}): InterviewerMail {
  return { kind: 'interviewer_notice', ...facts, ...change };
}

const all: MailInput[] = [
  toCandidate(),
  toCandidate({ kind: 'candidate_change' }),
  toInterviewer(),
  toInterviewer({ kind: 'interviewer_change' }),
  toInterviewer({ kind: 'interviewer_admit' }),
  toInterviewer({
    kind: 'interviewer_admit',
    isWaiting: true,
    notThisOneUrl: 'https://pillar.example/l/abc',
    optOutUrl: 'https://pillar.example/opt-out/def',
  }),
];

describe('what a mail refuses to say', () => {
  it.each(['javascript:alert(1)', 'data:text/html,x', 'not a link', ''])(
    'a link like %j',
    (url) => {
      expect(() => renderMail(toCandidate({ answerUrl: url }))).toThrow(TypeError);
      expect(() => renderMail(toCandidate({ unsubscribeUrl: url }))).toThrow(TypeError);
    },
  );

  it('an interview without a time, a notetaker that captures nothing', () => {
    expect(() => renderMail(toCandidate({ sessions: [] }))).toThrow(TypeError);
    expect(() => renderMail(toCandidate({ record: false, transcribe: false }))).toThrow(TypeError);
  });
});

describe('what names and titles can do to a mail', () => {
  const evil =
    '</title><script>alert(1)</script><a href="https://evil.example">x</a>{{unsubscribeUrl}}';

  it.each(all)('nothing to the HTML of $kind', (input) => {
    const html = renderMail({
      ...input,
      name: evil,
      organizationName: evil,
      jobTitle: evil,
      notetakerName: evil,
      timezone: evil,
      ...('contact' in input ? { contact: evil } : {}),
    } as MailInput).html;
    const tags = (text: string) => [...text.matchAll(/<\/?([a-z0-9]+)/gi)].map(([tag]) => tag);
    expect(tags(html)).toEqual(tags(renderMail(input).html));
    expect(html).not.toContain('href="https://evil.example');
  });

  it('nothing to the number of lines of subject, text and headers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (piece) => {
        const name = `a${piece}\r\nBcc: victim@example.org\u2028\u0085b`;
        const plain = renderMail(toCandidate());
        const mail = renderMail(
          toCandidate({ name, organizationName: name, jobTitle: name, contact: name }),
        );
        expect(mail.subject).not.toMatch(/[\r\n\u0085\u2028\u2029]/);
        expect(mail.text.split(/[\r\n\u0085\u2028\u2029]/)).toHaveLength(
          plain.text.split('\n').length,
        );
        expect(mail.headers).toEqual(plain.headers);
      }),
    );
  });

  it('a link cannot leave its attribute or its header', () => {
    const mail = renderMail(
      toCandidate({ unsubscribeUrl: `mailto:a@b.example?subject=x"><b>\r\nBcc: c@d.example` }),
    );
    expect(mail.headers['List-Unsubscribe']).toMatch(/^<[^<>\s]+>$/);
    expect(mail.html).not.toContain('<b>');
  });

  it('a very long one is cut', () => {
    expect(renderMail(toCandidate({ jobTitle: 'x'.repeat(5_000) })).subject.length).toBeLessThan(
      260,
    );
  });

  it('a name of invisible characters is no name', () => {
    expect(renderMail(toCandidate({ name: ' \u200b\u202e\n' })).text).toMatch(/^Hello,\n/);
  });
});

describe('the mails', () => {
  it.each(all)('$kind says when, with zone and offset, in text and HTML alike', (input) => {
    const mail = renderMail(input);
    const when = 'Tuesday 24 November 2026, 10:00 to 11:00 (Europe/Berlin, UTC+01:00)';
    expect(mail.text).toContain(when);
    expect(mail.html).toContain(when);
  });

  it.each(all)('$kind can be unsubscribed from', (input) => {
    const { headers, text } = renderMail(input);
    expect(headers['List-Unsubscribe']).toBe(`<${facts.unsubscribeUrl}>`);
    expect(text).toContain(facts.unsubscribeUrl);
  });

  it.each(all)('$kind has a language, a title, one main heading and no picture', (input) => {
    const { html } = renderMail(input);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toMatch(/<title>[^<]+<\/title>/);
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect(html).not.toMatch(/<img|\{\{/);
  });

  it('a candidate learns who records, what happens and where to say no', () => {
    const mail = renderMail(toCandidate());
    expect(mail.subject).toBe('Your interview will be recorded and transcribed: Engineer');
    expect(mail.text).toContain('with Acme will be recorded and transcribed');
    expect(mail.text).toContain('Pillar Notetaker is a notetaker. It joins the meeting');
    expect(mail.text).toContain('https://pillar.example/consent/token');
    expect(mail.text).toContain('You can also tell Grace at Acme.');
    expect(mail.html).toContain('href="https://pillar.example/consent/token"');
  });

  it('a candidate always learns of somebody to tell', () => {
    const text = (change: Partial<CandidateMail>) => renderMail(toCandidate(change)).text;
    expect(text({ answerUrl: null })).toContain('You can tell Grace at Acme.');
    expect(text({ answerUrl: null, contact: null })).toContain('Tell the person who invited you.');
    expect(text({ contact: null })).not.toContain('Tell the person who invited you.');
  });

  it('says only what is done', () => {
    expect(renderMail(toCandidate({ record: false })).text).not.toContain('recorded');
    expect(renderMail(toCandidate({ transcribe: false })).text).not.toContain('transcribed');
  });

  it('an interviewer learns to admit the bot, and nothing about the candidate', () => {
    const mail = renderMail(toInterviewer());
    expect(mail.subject).toBe('Please admit Pillar Notetaker: interview for Engineer');
    expect(mail.text).toContain('admit it from the waiting room or lobby');
    expect(mail.text).not.toContain('consent');
  });

  it('a change says so and tells the new time', () => {
    expect(renderMail(toCandidate({ kind: 'candidate_change' })).subject).toBe(
      'Your interview has changed: Engineer',
    );
    expect(renderMail(toInterviewer({ kind: 'interviewer_change' })).text).toContain('has changed');
  });

  it('does without names', () => {
    const mail = renderMail(toCandidate({ name: null, jobTitle: null, organizationName: null }));
    expect(mail.subject).toBe('Your interview will be recorded and transcribed');
    expect(mail.text).toMatch(/^Hello,\n\nyour interview with the company that invited you will/);
  });

  it('lists several times in their order', () => {
    const later = { startsAt: Date.UTC(2026, 10, 24, 14), endsAt: Date.UTC(2026, 10, 24, 15) };
    const { text } = renderMail(toCandidate({ sessions: [later, ...facts.sessions] }));
    expect(text.indexOf('10:00 to 11:00')).toBeGreaterThan(0);
    expect(text.indexOf('15:00 to 16:00')).toBeGreaterThan(text.indexOf('10:00 to 11:00'));
  });
});
