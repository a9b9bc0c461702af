import fc from 'fast-check';
import { presentSegments, toWebVtt } from '../../api/presenters/transcript.js';

interface Cue {
  from: number;
  until: number;
  speaker: string | null;
  text: string;
}

const timing = /^(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})$/;

/** Reads a file as a player does: blocks between empty lines, each with one line of times. */
function parse(file: string): Cue[] {
  const [head, ...blocks] = file.replace(/\n$/, '').split(/\n\n+/);
  expect(head).toBe('WEBVTT');
  return blocks
    .filter((block) => !block.startsWith('NOTE'))
    .map((block) => {
      const [times = '', payload = '', ...rest] = block.split('\n');
      expect(rest).toEqual([]);
      const numbers = timing.exec(times)?.slice(1).map(Number);
      expect([times, numbers?.length]).toEqual([times, 8]);
      const [h = 0, m = 0, s = 0, ms = 0, h2 = 0, m2 = 0, s2 = 0, ms2 = 0] = numbers ?? [];
      const voice = /^<v ([^<>]*)>([^<>]*)<\/v>$/.exec(payload);
      const text = voice === null ? payload : (voice[2] ?? '');
      expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
      return {
        from: ((h * 60 + m) * 60 + s) * 1000 + ms,
        until: ((h2 * 60 + m2) * 60 + s2) * 1000 + ms2,
        speaker: voice === null ? null : unescaped(voice[1] ?? ''),
        text: unescaped(text),
      };
    });
}

function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '-->',
    'a\n\nb',
    '00:00 --> 00:01',
    '<v x>',
    '&amp;',
    '\u0000',
    'NOTE\n',
    '\ud800',
  ),
);
const anyTime = fc.oneof(
  fc.integer({ min: -10_000, max: 40_000_000 }),
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300, 359_999_999),
);
const anySegments = fc.array(
  fc.record({
    speaker: fc.option(anyText),
    startMs: anyTime,
    endMs: anyTime,
    text: anyText,
  }),
);

describe('a transcript', () => {
  it('has one normal form: no negative or reversed times, in order, each part one line', () => {
    fc.assert(
      fc.property(anySegments, (given) => {
        const segments = presentSegments(given);
        expect(segments.length).toBeLessThanOrEqual(given.length);
        let before = 0;
        for (const { start, end, text, speaker } of segments) {
          expect(start).toBeGreaterThanOrEqual(before);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(Number.isInteger(Math.round(start * 1000))).toBe(true);
          expect(text).toMatch(/^\S/);
          expect(text + (speaker ?? '')).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u);
          expect(speaker).not.toBe('');
          before = start;
        }
      }),
    );
  });

  it('is the same again when it is brought into that form twice', () => {
    fc.assert(
      fc.property(anySegments, (given) => {
        const once = presentSegments(given);
        const twice = presentSegments(
          once.map(({ speaker, start, end, text }) => ({
            ...{ speaker, text },
            ...{ startMs: start * 1000, endMs: end * 1000 },
          })),
        );
        expect(twice).toEqual(once);
      }),
    );
  });
});

describe('WebVTT', () => {
  it('gives a player every word, speaker and time back, whatever was said', () => {
    fc.assert(
      fc.property(anySegments, (given) => {
        const segments = presentSegments(given);
        const cues = parse(toWebVtt([{ sessionId: 's', startedAt: null, segments }]));
        expect(cues.map(({ speaker, text }) => ({ speaker, text }))).toEqual(
          segments.map(({ speaker, text }) => ({ speaker, text })),
        );
        for (const [at, { from, until }] of cues.entries()) {
          expect(from).toBe(Math.round((segments[at]?.start ?? 0) * 1000));
          expect(until).toBeGreaterThan(from);
        }
      }),
    );
  });

  it('puts several sessions on one clock that never goes backwards', () => {
    const session = fc.record({
      sessionId: anyText,
      startedAt: fc.option(fc.integer({ min: 0, max: 100_000_000 })),
      given: anySegments,
    });
    fc.assert(
      fc.property(fc.array(session, { maxLength: 4 }), (sessions) => {
        const file = toWebVtt(
          sessions.map(({ given, ...rest }) => ({ ...rest, segments: presentSegments(given) })),
        );
        const starts = parse(file).map(({ from }) => from);
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      }),
    );
  });

  it('writes a file that reads as the standard shows it', () => {
    const file = toWebVtt([
      {
        sessionId: 's1',
        startedAt: 1_000,
        segments: [
          { speaker: 'Ada & Bo', start: 0, end: 1.5, text: 'a < b --> c' },
          { speaker: null, start: 3_723.004, end: 3_723.004, text: 'Later.' },
        ],
      },
      {
        sessionId: 's2',
        startedAt: 7_201_000,
        segments: [{ speaker: 'Cy', start: 1, end: 2, text: 'Hello.' }],
      },
    ]);
    expect(file).toBe(
      [
        'WEBVTT',
        'NOTE\nSession s1',
        '00:00:00.000 --> 00:00:01.500\n<v Ada &amp; Bo>a &lt; b --&gt; c</v>',
        '01:02:03.004 --> 01:02:03.005\nLater.',
        'NOTE\nSession s2',
        '02:00:01.000 --> 02:00:02.000\n<v Cy>Hello.</v>\n',
      ].join('\n\n'),
    );
  });

  it('of nothing is a file without cues', () => {
    expect(toWebVtt([])).toBe('WEBVTT\n');
  });
});
