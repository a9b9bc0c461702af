import type { ArtifactActivities } from './artifacts.js';
import type { Attention } from './attention.js';
import type { AuditReport } from './auditor.js';
import type { DecisionCode, Verdict } from './decision.js';
import type {
  CommandMeta,
  CommandResult,
  InstallationPhase,
  PendingStop,
  ReconcileScope,
  RefreshCommand,
} from './installation.js';
import type { SliceReport } from './interview-watch.js';
import type { JoinSession } from './join-interview.js';
import type { LoadChange, LoadEstimate } from './load-estimate.js';
import type { ScopeReport } from './scopes.js';
import type { Settings } from './settings.js';

/** The life that an activity works for: nothing of an earlier generation may act in a later one. */
export interface Life {
  orgId: string;
  generation: string;
}

/** The installation as the read model shows it. */
export interface InstallationSnapshot {
  phase: InstallationPhase;
  settings: Settings;
  scopes: ScopeReport[];
  /** The most urgent one first. */
  attentions: Attention[];
  credentialRef: string | null;
  version: number;
  receiptId: string | null;
}

/** What a command that may narrow does to the installation's own fences. */
export type InstallationFence =
  | { kind: 'installation'; off: boolean; epoch: number }
  /** A narrower setting: holders that are now forbidden stop. */
  | { kind: 'settings'; epoch: number }
  | null;

/** The command behind a change, with the answer it gets if no bot is left stopping. */
export interface CommandRecord {
  meta: CommandMeta;
  result: CommandResult;
}

export interface InstallationActivities {
  /** Starts a life: reserves an epoch above every fence of earlier lives; stores the installation. */
  openInstallation(
    input: Life & { snapshot: InstallationSnapshot; by: string },
  ): Promise<{ epoch: number }>;
  /** The first credential was refused: nothing stays stored. */
  discardInstallation(input: Life & { credentialRef: string }): Promise<void>;
  /** A replacement was refused: the upload is destroyed, the installation goes on as it was. */
  discardCredential(input: Life & { credentialRef: string }): Promise<void>;
  /** One token and the probes. Every answer of the vendor is an outcome, none is a failure. */
  probeCredential(
    input: Life & { credentialRef: string; mode: 'install' | 'replace' | 'probe' },
  ): Promise<ProbeOutcome>;
  /**
   * Fence, then read model, then the holders that the fence concerns; repeatable. With no stops the
   * command's outcome is recorded too.
   */
  applyInstallationChange(
    input: Life & {
      snapshot: InstallationSnapshot;
      fence: InstallationFence;
      command: CommandRecord | null;
      event: string;
      /** Credential that is no longer used and is destroyed. */
      retiredCredentialRef: string | null;
    },
  ): Promise<{ stops: PendingStop[] }>;
  /** Fails with `JobNotFound`, or `VendorUnavailable` when that cannot be checked. */
  ensureJob(input: Life & { jobId: string }): Promise<void>;
  /** The same for many; those that the catalogue knows cost no request. */
  ensureJobs(input: Life & { jobIds: string[] }): Promise<void>;
  /** Asks the vendor what is not known; changes nothing. Fails with `VendorUnavailable`. */
  estimateLoad(input: Life & LoadChange): Promise<LoadEstimate>;
  applyRoleChange(
    input: Life & {
      jobId: string;
      change:
        | { kind: 'set'; enabled: boolean; scheduled: 'include' | 'exclude' }
        | { kind: 'remove' };
      epoch: number;
      command: CommandRecord;
    },
  ): Promise<{ stops: PendingStop[] }>;
  /** Some roles of one command, each as `applyRoleChange` does; its outcome is recorded elsewhere. */
  applyRoleChanges(
    input: Life & {
      jobIds: string[];
      enabled: boolean;
      scheduled: 'include' | 'exclude';
      epoch: number;
      command: CommandRecord;
    },
  ): Promise<{ stops: PendingStop[] }>;
  applyChoice(
    input: Life & {
      interviewId: string;
      action: 'join' | 'skip' | 'reset';
      sealedReason: string | null;
      sealedLink: string | null;
      epoch: number;
      command: CommandRecord;
    },
  ): Promise<{ stops: PendingStop[] }>;
  requestRefresh(
    input: Life & { target: RefreshCommand['target']; command: CommandRecord },
  ): Promise<void>;
  confirmMail(input: Life & { command: CommandRecord }): Promise<void>;
  /** Outcome of a command, kept 24 h. */
  recordCommand(
    input: Life & {
      meta: CommandMeta;
      result: CommandResult | null;
      failure: { type: string; message: string } | null;
    },
  ): Promise<void>;
  /** Decides every interview of the scope anew, stores what changed, tells the joins. */
  reconcile(input: Life & { scope: ReconcileScope }): Promise<{ interviews: number }>;
  /** Brings one stop forward; returns when its state changed, when it is done, or after a while. */
  settleStop(input: Life & { stop: PendingStop }): Promise<{ stop: PendingStop | null }>;
  /** Returns when the watch of this life is closed, which it checks again and again. */
  awaitWatchClosed(input: Life): Promise<void>;
  /** Cancels the joins of this life and returns when they are closed. */
  closeJoins(input: Life): Promise<void>;
  /** Destroys credentials, erases people, signs the receipt. */
  eraseInstallation(input: Life & { receiptId: string }): Promise<void>;
}

export type ProbeOutcome =
  | { outcome: 'accepted'; scopes: ScopeReport[] }
  | { outcome: 'rejected' }
  | { outcome: 'different_company' }
  | { outcome: 'unavailable' };

export interface WatchActivities {
  /** Takes due rows, oldest deadline first, until the time budget is spent. */
  watchSlice(input: Life & { budgetMs: number }): Promise<SliceReport>;
}

export interface SessionKey extends Life {
  interviewId: string;
  sessionId: string;
}

export interface ClaimWindow {
  roomKey: string;
  startsAt: number;
  endsAt: number;
}

export type ClaimResult =
  | { kind: 'claimed' }
  /**
   * An overlapping interview of this organization holds the room: this session is now a member and
   * rides along with its bot (`botId` null: it was not asked for yet, or its fate is unknown).
   */
  | {
      kind: 'shared';
      heldBy: string;
      holderState: 'claimed' | 'requesting' | 'live';
      botId: string | null;
    }
  /** The bot of an overlapping interview is leaving the room. */
  | { kind: 'room_busy' }
  /** An overlapping interview of the room forbids any bot: its candidate said no, or it is private. */
  | { kind: 'room_forbidden' }
  /** A later attempt of this session exists: this run is out of date. */
  | { kind: 'superseded'; attempt: number }
  /** Our own entry is occupied by a request or, once `botId` is known, by a bot of this attempt. */
  | { kind: 'occupied'; attempt: number; botId: string | null };

export interface LastLookResult {
  verdict: Verdict;
  code: DecisionCode;
  /** It may join, and nothing is known that would keep the bot out. Absent: nobody looked. */
  isClear?: boolean;
  /** The session as it was just read; null when it no longer exists. */
  session: { startsAt: number; endsAt: number; roomKey: string | null } | null;
}

export type RequestResult =
  | { kind: 'sent'; botId: string }
  /** A fence, an epoch, the clock or a lost claim forbade it; the provider was not asked. */
  | { kind: 'not_sent'; why: 'fenced' | 'late' | 'claim_lost' }
  /** Another holder of the room is occupied; the claim is kept. */
  | { kind: 'room_occupied' }
  /** The provider said no to this very request; `retryAfterMs` null: it will not say yes later. */
  | { kind: 'refused'; reason: string; retryAfterMs: number | null }
  /** No answer, or one that proves nothing: the request must be looked up. */
  | { kind: 'unknown' };

export type ResolveResult =
  /** The bot of this attempt; it may have ended already, or be on its way out. */
  | { kind: 'found'; botId: string }
  /** It is proven that no bot of this attempt comes. */
  | { kind: 'no_bot' };

/** The provider's view of a bot, in the neutral words of `activities/notetaker/port.ts`. */
export interface BotView {
  state: 'requested' | 'lobby' | 'joined' | 'recording' | 'ended';
  outcome: 'captured' | 'missed' | 'removed' | null;
  reason: string | null;
  joinedAt: number | null;
  recordingStartedAt: number | null;
  endedAt: number | null;
  /** Somebody else began to take this bot away. */
  stopping: boolean;
  /** The next interview in this room is about to begin. */
  leaveForNext: boolean;
  /** The end of the last member that shares this bot; null: nobody does. */
  neededUntil: number | null;
  /** Another bot may have more luck within the interview. */
  anotherMayHelp: boolean;
}

/** Moments of a session at which people are told something, or something is looked at ahead. */
export type SessionMoment =
  /** A day, an hour and five minutes before the start: can the bot get in at all? */
  | 'preflight_day'
  | 'preflight_hour'
  | 'preflight_minutes'
  /** The bot has waited for 60 s to be let in. */
  | 'lobby'
  /** 60 s after the start nobody has seen the bot in the room. */
  | 'missing';

export interface JoinActivities {
  /** Progress that earlier runs stored; terminal sessions stay untouched. */
  loadSessions(input: Life & { interviewId: string }): Promise<{ sessions: JoinSession[] }>;
  claimRoom(
    input: SessionKey & { jobId: string; attempt: number; window: ClaimWindow },
  ): Promise<ClaimResult>;
  /** Frees an entry that is still `claimed` with this attempt. */
  releaseClaim(input: SessionKey & { attempt: number; roomKey: string }): Promise<void>;
  lastLook(input: SessionKey): Promise<LastLookResult>;
  /** One attempt, never retried. */
  requestBot(input: SessionKey & { attempt: number; roomKey: string }): Promise<RequestResult>;
  /** Looks the request up until its fate is known. */
  resolveRequest(input: SessionKey & { attempt: number; roomKey: string }): Promise<ResolveResult>;
  followBot(
    input: SessionKey & { attempt: number; roomKey: string; botId: string },
  ): Promise<BotView>;
  /** Takes the bot away and returns when the provider says that it is gone. */
  stopBot(
    input: SessionKey & { attempt: number; roomKey: string; botId: string },
  ): Promise<BotView>;
  /**
   * The session's people leave the bot of somebody else, or their own bot to somebody who shares it
   * and still wants it. `handed_over`: it goes on for the other; `left`: it was another's; `alone`:
   * nobody else wants it, it is to be stopped; `inherited`: another has just left it to this session,
   * with that attempt.
   */
  leaveRoom(
    input: SessionKey & { attempt: number; roomKey: string },
  ): Promise<
    | { kind: 'handed_over' | 'left' | 'alone' }
    | { kind: 'inherited'; attempt: number; botId: string | null }
  >;
  /** Says what is due at a moment, each at most once for a start; repeatable. */
  attendMoment(
    input: SessionKey & {
      moment: SessionMoment;
      startsAt: number;
      /** The code of the decision, or where the bot is. */
      reason: string;
    },
  ): Promise<void>;
  recordSession(
    input: Life & { interviewId: string; session: JoinSession; event: string | null },
  ): Promise<void>;
  sendNotices(input: Life & { interviewId: string }): Promise<void>;
}

export interface AuditorActivities {
  audit(input: Record<string, never>): Promise<AuditReport>;
}

export interface Activities
  extends InstallationActivities,
    WatchActivities,
    JoinActivities,
    AuditorActivities,
    ArtifactActivities {}
