import type { Bot, BotRecord } from './types.js';

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** The contract's Bot of a record. */
export function viewOf(bot: BotRecord): Bot {
  return {
    id: bot.id,
    key: bot.request.key,
    state: bot.state,
    outcome: bot.outcome,
    subCode: bot.subCode,
    meetingUrl: bot.meetingUrl,
    botName: bot.request.botName,
    joinAt: new Date(bot.joinAt).toISOString(),
    leaveAt: iso(bot.leaveAt),
    createdAt: new Date(bot.createdAt).toISOString(),
    facts: {
      joinedAt: iso(bot.facts.joinedAt),
      recordingStartedAt: iso(bot.facts.recordingStartedAt),
      recordingEndedAt: iso(bot.facts.recordingEndedAt),
      endedAt: iso(bot.facts.endedAt),
      removedBy: bot.facts.removedBy,
    },
    metadata: bot.request.metadata,
    version: bot.version,
  };
}
