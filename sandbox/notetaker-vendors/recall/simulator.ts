import type { VendorSimulator } from '../control.js';
import { createVendorControl, createVendorCore, runVendor } from '../vendor-core.js';
import type { VendorRoute } from '../vendor-server.js';
import { createRecallBotCalls } from './bot-calls.js';
import { addStatus, followStep, recallLife } from './life.js';
import { listBots } from './listing.js';
import { createRecallManners } from './manners.js';
import { createRecallTranscripts } from './transcripts.js';
import type { RecallCore, RecallOptions } from './types.js';
import { createRecallNotices, recallWebhookRules, strangerBot } from './webhooks.js';

export type { RecallOptions } from './types.js';

/** Starts one region of Recall.ai as `notetaker-providers.md` 1 describes it, on loopback. */
export async function startRecallSimulator(options: RecallOptions = {}): Promise<VendorSimulator> {
  const core: RecallCore = createVendorCore({
    options,
    profile: recallLife,
    webhookRules: recallWebhookRules,
    onStep: (bot, from) => followStep(bot, from, { notices, transcribe: transcripts.transcribe }),
  });
  const notices = createRecallNotices({
    queue: core.webhooks,
    url: options.webhookUrl ?? null,
    secret: options.webhookSecret ?? null,
    prefix: options.legacyHeaders ? 'svix' : 'webhook',
    apiVersion: options.apiVersion ?? '1.11',
  });
  const transcripts = createRecallTranscripts(core, notices);
  const calls = createRecallBotCalls(core, options);
  const pageSize = options.pageSize ?? 100;
  const base = '/api/v1';
  const routes: VendorRoute[] = [
    { operation: 'create', method: 'post', path: `${base}/bot/`, run: calls.create },
    {
      operation: 'list',
      method: 'get',
      path: `${base}/bot/`,
      run: (call) => listBots({ bots: core.bots.all(), call, pageSize }),
    },
    { operation: 'get', method: 'get', path: `${base}/bot/:id/`, run: calls.get },
    { operation: 'update', method: 'patch', path: `${base}/bot/:id/`, run: calls.patch },
    { operation: 'delete', method: 'delete', path: `${base}/bot/:id/`, run: calls.delete },
    { operation: 'leave', method: 'post', path: `${base}/bot/:id/leave_call/`, run: calls.leave },
    {
      operation: 'artifact',
      method: 'post',
      path: `${base}/bot/:id/delete_media/`,
      run: calls.deleteMedia,
    },
    {
      operation: 'artifact',
      method: 'post',
      path: `${base}/recording/:id/create_transcript/`,
      run: transcripts.create,
    },
    {
      operation: 'artifact',
      method: 'get',
      path: '/download/:kind/:id',
      run: transcripts.download,
      isOpen: true,
    },
  ];
  const server = await runVendor({ core, options, routes, manners: createRecallManners(options) });
  const control = createVendorControl(core, {
    provider: 'recall',
    stateOf: (bot) => bot.own.statusChanges.at(-1)?.code ?? '',
    setWebhookUrl: notices.setUrl,
    strayWebhook() {
      const bot = strangerBot();
      const created_at = new Date().toISOString();
      notices.status(bot, { code: 'joining_call', sub_code: null, message: null, created_at });
      return bot.id;
    },
    unknownState: (bot, code) => addStatus({ bot, code, subCode: null, notices }),
  });
  return {
    apiUrl: `${server.origin}${base}`,
    control,
    async close() {
      transcripts.close();
      await server.close();
    },
  };
}
