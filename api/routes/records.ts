import { z } from 'zod';
import type { AuditDoc } from '../../common/read-model/documents.js';
import { Problem } from '../errors.js';
import { command, presentCommand, storedOutcome } from '../presenters/command.js';
import { epochMs, pageOf } from '../presenters/common.js';
import { defineRoute, type Route } from '../route.js';
import { base, orgParams, paging, type RouteContext } from './organization.js';
import { pageAnswer, pageInput } from './paging.js';

const receipt = z
  .object({
    receiptId: z.string(),
    state: z.enum(['uninstalling', 'completed']),
    jws: z.string().nullable().meta({
      description: 'Compact JWS (EdDSA); its key is at /.well-known/jwks.json.',
    }),
    requestedAt: epochMs,
    completedAt: epochMs.nullable(),
  })
  .meta({ id: 'Receipt', description: 'Requests to the vendor end when it says `completed`.' });

const auditEvent = z
  .object({
    seq: z.int(),
    at: epochMs,
    event: z.string(),
    by: z.string(),
    subject: z.string().nullable(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    prevHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEvent', description: 'Each row’s hash covers the one before it.' });

/** What was commanded and done, and what remains of it. */
export function recordRoutes({ deps }: RouteContext): Route[] {
  const { readModel, gateway, now } = deps;

  const readReceipt = defineRoute({
    method: 'get',
    path: `${base}/receipts/{receiptId}`,
    operationId: 'getReceipt',
    summary: 'The signed receipt of an uninstall',
    tag: 'records',
    permission: 'read',
    params: orgParams.extend({ receiptId: z.string().min(1).max(200) }),
    answers: { 200: { description: 'The receipt.', schema: receipt } },
    problems: ['receipt_not_found'],
    async handle({ caller, params }) {
      const doc = await readModel.receipt({
        orgId: caller.orgId,
        receiptId: params.receiptId,
        now: now(),
      });
      if (doc === null) throw new Problem({ code: 'receipt_not_found' });
      const { state, jws, requestedAt, completedAt } = doc;
      return {
        status: 200,
        body: { receiptId: doc._id, state, jws, requestedAt, completedAt },
      };
    },
  });

  const readCommand = defineRoute({
    method: 'get',
    path: `${base}/commands/{commandId}`,
    operationId: 'getCommand',
    summary: 'What became of a command',
    tag: 'records',
    permission: 'read',
    params: orgParams.extend({ commandId: z.string().min(1).max(200) }),
    answers: { 200: { description: 'Its outcome so far.', schema: command } },
    problems: ['command_not_found', 'commands_unavailable'],
    async handle({ caller, params, req }) {
      const { orgId } = caller;
      const { commandId } = params;
      const doc = await readModel.command({ orgId, commandId, now: now() });
      const outcome =
        doc === null ? await gateway.commandOutcome({ orgId, commandId }) : storedOutcome({ doc });
      if (outcome.kind === 'unknown') throw new Problem({ code: 'command_not_found' });
      if (outcome.kind === 'unavailable') throw new Problem({ code: 'commands_unavailable' });
      return {
        status: 200,
        body: presentCommand({ commandId, outcome, requestId: req.requestId }),
      };
    },
  });

  const audit = defineRoute({
    method: 'get',
    path: `${base}/audit`,
    operationId: 'listAudit',
    summary: 'Audit events, newest first',
    tag: 'records',
    permission: 'read',
    params: orgParams,
    query: z.strictObject(paging),
    answers: { 200: { description: 'A page.', schema: pageOf(auditEvent, 'AuditPage') } },
    async handle({ caller, query }) {
      const input = pageInput({ ...query, cursor: query.cursor, sort: 'number' });
      const page = await readModel.audit({ orgId: caller.orgId, ...input });
      return pageAnswer({ page, present: presentAudit, asOf: now() });
    },
  });

  return [readReceipt, readCommand, audit];
}

function presentAudit(doc: AuditDoc): z.output<typeof auditEvent> {
  const { seq, at, event, by, subject, detail, prevHash, hash } = doc;
  return { seq, at, event, by, subject, detail, prevHash, hash };
}
