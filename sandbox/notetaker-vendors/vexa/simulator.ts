import { type Answer, Refusal, type VendorCall } from '../answers.js';
import type { VendorSimulator } from '../control.js';
import { createVendorControl, createVendorCore, runVendor } from '../vendor-core.js';
import type { VendorRoute } from '../vendor-server.js';
import { createBot, createVexaRooms, stopRoom } from './bot-calls.js';
import { setCompletion, statusBefore, statusOf, vexaLife } from './life.js';
import { createVexaManners, notFound } from './manners.js';
import { createVexaMeetings } from './meetings.js';
import { parseWebhook } from './requests.js';
import type { VexaBot, VexaCore, VexaOptions, WebhookConfig } from './types.js';
import {
  hasRecording,
  masterView,
  meetingView,
  recordingIdOf,
  recordingView,
  transcriptView,
} from './views.js';
import { sendStray, sendTransition, vexaWebhookRules } from './webhooks.js';

export type { VexaOptions } from './types.js';

const usefulEvents = ['meeting.status_change', 'meeting.started', 'bot.failed'];

/** Starts a Vexa with one account as `notetaker-providers.md` 3 describes it, on loopback. */
export async function startVexaSimulator(options: VexaOptions = {}): Promise<VendorSimulator> {
  let webhook: WebhookConfig = {
    url: options.webhookUrl ?? null,
    secret: options.webhookSecret ?? '',
    events: new Set(options.webhookEvents ?? usefulEvents),
  };

  function advance(bot: VexaBot, before: string, reason: string | null): void {
    const to = statusOf(bot);
    if (to === before) {
      return;
    }
    const transition = {
      from: before,
      to,
      timestamp: new Date().toISOString(),
      reason,
      transition_source: bot.endReason === 'asked_to_leave' ? 'user' : 'bot_callback',
    };
    bot.own.transitions.push(transition);
    sendTransition({ queue: core.webhooks, bot, meeting: meetingView(bot), transition });
  }

  const core: VexaCore = createVendorCore({
    options,
    profile: vexaLife(options.timeFactor ?? 1),
    webhookRules: vexaWebhookRules,
    onStep(bot, from) {
      const before = statusBefore(bot, from);
      bot.own.stateOverride = null;
      if (bot.phase === 'ended') {
        setCompletion(bot);
      }
      advance(bot, before, bot.own.completionReason);
    },
  });
  const rooms = createVexaRooms(core, () => webhook);
  const meetings = createVexaMeetings(core, rooms);

  function recorded(call: VendorCall): VexaBot {
    const bot = core.bots.all().find((one) => String(recordingIdOf(one)) === call.params.id);
    if (bot === undefined || !hasRecording(bot)) {
      throw new Refusal(notFound);
    }
    return bot;
  }

  function newestOf(call: VendorCall): VexaBot {
    const { platform, nativeId } = call.params;
    const bot = core.bots
      .all()
      .findLast((one) => one.own.platform === platform && one.own.nativeId === nativeId);
    return meetings.find(bot?.id);
  }

  function configure(call: VendorCall): Answer {
    const body = parseWebhook(call);
    const events = new Set(webhook.events);
    for (const [name, isOn] of Object.entries(body.webhook_events ?? {})) {
      if (isOn) {
        events.add(name);
      } else {
        events.delete(name);
      }
    }
    webhook = { url: body.webhook_url, secret: body.webhook_secret || webhook.secret, events };
    return { status: 200, body: { webhook_url: webhook.url } };
  }

  const ok = (body: unknown): Answer => ({ status: 200, body });
  const artifact = (path: string, run: (call: VendorCall) => Answer): VendorRoute => ({
    operation: 'artifact',
    method: 'get',
    path,
    run,
  });
  const routes: VendorRoute[] = [
    {
      operation: 'create',
      method: 'post',
      path: '/bots',
      run: (call) => createBot({ core, options, rooms, webhook: () => webhook, call }),
    },
    { operation: 'list', method: 'get', path: '/bots/status', run: () => meetings.running() },
    { operation: 'list', method: 'get', path: '/bots', run: meetings.list },
    { operation: 'list', method: 'get', path: '/meetings', run: meetings.list },
    {
      operation: 'delete',
      method: 'delete',
      path: '/bots/:platform/:nativeId',
      run: (call) => stopRoom({ core, rooms, call }),
    },
    { operation: 'update', method: 'post', path: '/meetings', run: meetings.plan },
    { operation: 'get', method: 'get', path: '/meetings/:id', run: meetings.get },
    { operation: 'update', method: 'patch', path: '/meetings/:id', run: meetings.change },
    { operation: 'update', method: 'delete', path: '/meetings/:id', run: meetings.erase },
    { operation: 'update', method: 'put', path: '/user/webhook', run: configure },
    {
      operation: 'get',
      method: 'get',
      path: '/auth/me',
      run: () => ok({ id: 1, max_concurrent: options.maxConcurrent ?? 1000 }),
    },
    artifact('/transcripts/by-id/:id', (call) => ok(transcriptView(meetings.find(call.params.id)))),
    artifact('/transcripts/:platform/:nativeId', (call) => ok(transcriptView(newestOf(call)))),
    artifact('/recordings', () =>
      ok({ recordings: core.bots.all().filter(hasRecording).map(recordingView) }),
    ),
    artifact('/recordings/:id', (call) => ok(recordingView(recorded(call)))),
    artifact('/recordings/:id/master', (call) => ok(masterView(recorded(call)))),
    artifact('/recordings/:id/media/:media/raw', (call) => {
      recorded(call);
      return { status: 200, html: 'not really sound' };
    }),
  ];
  const manners = createVexaManners(options);
  const server = await runVendor({ core, options, routes, manners });
  const control = createVendorControl(core, {
    provider: 'vexa',
    stateOf: statusOf,
    setWebhookUrl(url) {
      webhook = { ...webhook, url };
    },
    strayWebhook: () => sendStray(core.webhooks, webhook),
    unknownState(bot, state) {
      const before = statusOf(bot);
      bot.own.stateOverride = state;
      advance(bot, before, null);
    },
  });
  return { apiUrl: server.origin, control, close: server.close };
}
