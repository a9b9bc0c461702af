import { type Answer, Refusal, type VendorCall } from '../answers.js';
import { readMeetingLink } from '../meeting-links.js';
import { notFound } from './manners.js';
import type { RecallBot } from './types.js';
import { botView } from './views.js';

function matchesMetadata(bot: RecallBot, query: URLSearchParams): boolean {
  return [...query].every(([name, value]) => {
    const key = /^metadata__(.+)$/.exec(name)?.[1];
    return key === undefined || bot.metadata[key] === value;
  });
}

function matches(bot: RecallBot, query: URLSearchParams): boolean {
  const joinAt = bot.phase === 'scheduled' ? bot.joinAt : null;
  const after = query.get('join_at_after');
  const before = query.get('join_at_before');
  const url = query.get('meeting_url');
  const platform = query.get('platform');
  const statuses = query.getAll('status');
  const status = bot.own.statusChanges.at(-1)?.code ?? '';
  return (
    (after === null || (joinAt !== null && joinAt >= Date.parse(after))) &&
    (before === null || (joinAt !== null && joinAt <= Date.parse(before))) &&
    (url === null || bot.meetingUrl === url) &&
    (platform === null || readMeetingLink(bot.meetingUrl)?.platform === platform) &&
    (statuses.length === 0 || statuses.includes(status)) &&
    matchesMetadata(bot, query)
  );
}

/**
 * `GET /bot/`: pages of bots, newest first. `join_at` is cleared when a bot joins, so those two
 * filters find only bots that have not.
 */
export function listBots(input: { bots: RecallBot[]; call: VendorCall; pageSize: number }): Answer {
  const { bots, call, pageSize } = input;
  const page = Number(call.query.get('page') ?? '1');
  const found = bots
    .filter((bot) => bot.endReason !== 'deleted' && matches(bot, call.query))
    .toReversed();
  const from = (page - 1) * pageSize;
  if (!Number.isInteger(page) || page < 1 || (page > 1 && from >= found.length)) {
    throw new Refusal({ ...notFound, body: { detail: 'Invalid page.' } });
  }
  const linkTo = (other: number) => {
    const url = new URL(call.path, call.origin);
    for (const [name, value] of call.query) {
      if (name !== 'page') {
        url.searchParams.append(name, value);
      }
    }
    url.searchParams.set('page', String(other));
    return url.href;
  };
  return {
    status: 200,
    body: {
      count: found.length,
      next: from + pageSize < found.length ? linkTo(page + 1) : null,
      previous: page > 1 ? linkTo(page - 1) : null,
      results: found.slice(from, from + pageSize).map((bot) => botView(bot, call.origin)),
    },
  };
}
