import { z } from 'zod';
import type { SealedSegment } from '../../workflows/contracts/artifacts.js';
import { epochMs } from './common.js';

const seconds = z.number().min(0);

const segment = z
  .object({
    speaker: z.string().nullable(),
    start: seconds,
    end: seconds,
    text: z.string(),
  })
  .meta({
    id: 'TranscriptSegment',
    description: 'In the order of time; seconds from the beginning of the session’s recording.',
  });

export const transcriptSession = z
  .object({
    sessionId: z.string(),
    startedAt: epochMs.nullable(),
    segments: z.array(segment),
  })
  .meta({ id: 'TranscriptSession' });

export type TranscriptSessionShape = z.output<typeof transcriptSession>;
type SegmentShape = z.output<typeof segment>;

/**
 * The one normal form of what providers send: text without control characters or line breaks, empty
 * parts left out, no negative and no reversed times, in the order of time.
 */
export function presentSegments(segments: readonly SealedSegment[]): SegmentShape[] {
  return segments
    .flatMap(({ speaker, startMs, endMs, text }) => {
      const line = oneLine(text);
      const startsAt = wholeMs(startMs);
      const endsAt = Math.max(startsAt, wholeMs(endMs));
      const name = oneLine(speaker ?? '');
      return line === ''
        ? []
        : [{ speaker: name === '' ? null : name, startsAt, endsAt, text: line }];
    })
    .sort((a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt)
    .map(({ startsAt, endsAt, ...rest }) => ({
      speaker: rest.speaker,
      start: startsAt / 1000,
      end: endsAt / 1000,
      text: rest.text,
    }));
}

/** A hundred hours: beyond it a time is a fault of the provider's. */
const longestMs = 100 * 60 * 60_000 - 2;

function wholeMs(ms: number): number {
  return Number.isFinite(ms) ? Math.min(longestMs, Math.max(0, Math.round(ms))) : 0;
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}

/**
 * All sessions of an interview as one WebVTT file (https://www.w3.org/TR/webvtt1/). Its clock begins
 * with the first session's recording; a later one follows at its own distance, or right behind the
 * one before when its beginning is not known.
 */
export function toWebVtt(sessions: readonly TranscriptSessionShape[]): string {
  const blocks: string[] = ['WEBVTT'];
  const firstAt = sessions[0]?.startedAt ?? null;
  let endMs = 0;
  for (const { sessionId, startedAt, segments } of sessions) {
    const distance = startedAt === null || firstAt === null ? 0 : startedAt - firstAt;
    const offsetMs = Math.max(endMs, distance);
    if (sessions.length > 1) blocks.push(`NOTE\nSession ${escaped(oneLine(sessionId))}`);
    for (const segment of segments) {
      const from = offsetMs + wholeMs(segment.start * 1000);
      // A cue has to end later than it begins.
      const until = Math.max(from + 1, offsetMs + wholeMs(segment.end * 1000));
      endMs = Math.max(endMs, until);
      blocks.push(`${timestamp(from)} --> ${timestamp(until)}\n${cueText(segment)}`);
    }
  }
  return `${blocks.join('\n\n')}\n`;
}

function cueText({ speaker, text }: SegmentShape): string {
  return speaker === null ? escaped(text) : `<v ${escaped(speaker)}>${escaped(text)}</v>`;
}

/** Without `>` there is no arrow in a text, without `<` no tag. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function timestamp(ms: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const whole = Math.floor(ms / 1000) % 60;
  return `${two(hours)}:${two(minutes)}:${two(whole)}.${String(ms % 1000).padStart(3, '0')}`;
}
