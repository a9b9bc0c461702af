import fc from 'fast-check';
import type { ProbeOutcome } from '../../../workflows/contracts/activities.js';
import type {
  InstallationPhase,
  InstallationState,
} from '../../../workflows/contracts/installation.js';
import {
  requiredScopes,
  type ScopeStatus,
  scopeFeatures,
} from '../../../workflows/contracts/scopes.js';
import {
  type Command,
  newInstallationState,
  planCommand,
  refusalFor,
  withReconcile,
} from '../../../workflows/state/installation-machine.js';

const meta = (commandId = 'c', ifVersion: number | null = null) => ({
  commandId,
  bodyDigest: null,
  by: { subject: 'owner', role: 'owner' as const },
  at: 5,
  ifVersion,
});
const accepted = (statuses: Partial<Record<string, ScopeStatus>> = {}): ProbeOutcome => ({
  outcome: 'accepted',
  scopes: requiredScopes.map((scope) => ({
    scope,
    status: statuses[scope] ?? 'granted',
    features: scopeFeatures[scope].features,
    checkedAt: 1,
  })),
});
const phases: (InstallationPhase | null)[] = [
  null,
  'validating',
  'active',
  'paused',
  'uninstalling',
];
const inPhase = (phase: InstallationPhase | null): InstallationState => ({
  ...newInstallationState('org'),
  generation: phase === null ? '' : 'g',
  phase,
  credentialRef: phase === null ? null : 'used',
  version: 4,
  epoch: 7,
});
const role = {
  kind: 'role',
  meta: meta(),
  jobId: 'j',
  enabled: true,
  scheduled: 'include',
} as const;
const commands = {
  connect: { kind: 'connect', meta: meta(), credentialRef: 'new', newGeneration: 'next' },
  validate: { kind: 'validate', meta: meta() },
  settings: { kind: 'settings', meta: meta(), patch: { notetakerName: 'N' } },
  pause: { kind: 'pause', meta: meta() },
  resume: { kind: 'resume', meta: meta() },
  role,
  roles: {
    kind: 'roles',
    epoch: null,
    meta: meta(),
    jobIds: ['j'],
    enabled: true,
    scheduled: 'include',
  },
  removeRole: { kind: 'removeRole', meta: meta(), jobId: 'j' },
  refresh: { kind: 'refresh', meta: meta(), target: { kind: 'role', jobId: 'j' } },
  choice: {
    kind: 'choice',
    meta: meta(),
    interviewId: 'i',
    action: 'skip',
    sealedReason: null,
    sealedLink: null,
  },
  confirmMail: { kind: 'confirmMail', meta: meta() },
  uninstall: { kind: 'uninstall', meta: meta(), newReceiptId: 'r' },
  attention: { kind: 'attention', code: 'scope_missing', open: true, at: 5 },
  validated: {
    kind: 'validated',
    validation: { commandId: 'unknown', kind: 'probe', credentialRef: 'used' },
    outcome: accepted(),
    at: 5,
  },
} satisfies Record<string, Command>;

function said(state: InstallationState, command: Command): string {
  const plan = planCommand(state, command);
  return plan.kind === 'refused' ? plan.type : `${plan.effect.kind} → ${plan.next.phase}`;
}
function nextOf(state: InstallationState, command: Command): InstallationState {
  const plan = planCommand(state, command);
  if (plan.kind === 'refused') throw new Error(plan.type);
  return plan.next;
}
/** Connected, with its first credential on the way. */
function connecting(kind: 'install' | 'replace'): InstallationState {
  return nextOf(inPhase(kind === 'install' ? null : 'active'), commands.connect);
}
const validatedWith = (state: InstallationState, outcome: ProbeOutcome): Command => {
  if (state.validation === null) throw new Error('nothing is validated');
  return { kind: 'validated', validation: state.validation, outcome, at: 9 };
};

describe('every command in every phase', () => {
  const none = 'NotInstalled';
  const leaving = 'Uninstalling';
  const unless = (operating: (phase: string) => string) => [
    none,
    none,
    operating('active'),
    operating('paused'),
    leaving,
  ];
  it.each([
    [
      'connect',
      [
        'open → validating',
        'nothing → validating',
        'nothing → active',
        'nothing → paused',
        leaving,
      ],
    ],
    ['validate', unless((phase) => `nothing → ${phase}`)],
    ['settings', unless((phase) => `change → ${phase}`)],
    ['pause', [none, none, 'change → paused', 'nothing → paused', leaving]],
    ['resume', [none, none, 'nothing → active', 'change → active', leaving]],
    ['role', unless((phase) => `role → ${phase}`)],
    ['roles', unless((phase) => `roles → ${phase}`)],
    ['removeRole', unless((phase) => `role → ${phase}`)],
    ['refresh', unless((phase) => `refresh → ${phase}`)],
    ['choice', unless((phase) => `choice → ${phase}`)],
    ['confirmMail', unless((phase) => `confirmMail → ${phase}`)],
    [
      'uninstall',
      [
        none,
        'change → uninstalling',
        'change → uninstalling',
        'change → uninstalling',
        'nothing → uninstalling',
      ],
    ],
    [
      'attention',
      [
        'nothing → null',
        'nothing → validating',
        'change → active',
        'change → paused',
        'nothing → uninstalling',
      ],
    ],
    ['validated', phases.map((phase) => `nothing → ${phase}`)],
  ] as const)('%s', (name, expected) => {
    expect(phases.map((phase) => said(inPhase(phase), commands[name]))).toEqual(expected);
  });

  it('the validator refuses only what no state can take', () => {
    expect(refusalFor(inPhase(null), 'pause')?.type).toBe(none);
    expect(refusalFor(inPhase(null), 'connect')).toBeNull();
    expect(refusalFor(inPhase('uninstalling'), 'connect')?.type).toBe(leaving);
    expect(refusalFor(inPhase('uninstalling'), 'uninstall')).toBeNull();
    expect(refusalFor(inPhase('validating'), 'pause')).toBeNull();
  });
});

describe('a command that comes twice', () => {
  it.each(['pause', 'resume', 'uninstall', 'attention'] as const)(
    '%s changes nothing the second time',
    (name) => {
      const once = nextOf(inPhase(name === 'resume' ? 'paused' : 'active'), commands[name]);
      const plan = planCommand(once, commands[name]);
      expect(plan).toEqual({ kind: 'go', next: once, effect: { kind: 'nothing' } });
    },
  );

  it('a validation that is over changes nothing', () => {
    const state = connecting('install');
    const done = nextOf(state, validatedWith(state, accepted()));
    expect(planCommand(done, validatedWith(state, accepted()))).toMatchObject({
      next: done,
      effect: { kind: 'nothing' },
    });
  });
});

describe('a credential', () => {
  it('that is accepted opens the installation and its watch', () => {
    const state = connecting('install');
    const plan = planCommand(state, validatedWith(state, accepted()));
    expect(plan).toMatchObject({
      next: { phase: 'active', epoch: state.epoch + 1, validation: null },
      effect: {
        kind: 'change',
        watch: 'start',
        fence: { kind: 'installation', off: false, epoch: state.epoch + 1 },
      },
    });
  });

  it.each(['rejected', 'unavailable'] as const)(
    'that is not accepted (%s) leaves nothing behind',
    (outcome) => {
      const state = connecting('install');
      expect(planCommand(state, validatedWith(state, { outcome }))).toMatchObject({
        next: { phase: null, credentialRef: null },
        effect: { kind: 'discardInstallation', credentialRef: 'new' },
      });
    },
  );

  it('replaces the one in use only when it is accepted, and that one is destroyed', () => {
    const state = connecting('replace');
    expect(planCommand(state, validatedWith(state, accepted()))).toMatchObject({
      next: { credentialRef: 'new' },
      effect: { kind: 'change', retiredCredentialRef: 'used' },
    });
    expect(
      planCommand(state, validatedWith(state, { outcome: 'different_company' })),
    ).toMatchObject({
      next: { credentialRef: 'used', phase: 'active' },
      effect: { kind: 'discardCredential', credentialRef: 'new' },
    });
  });

  it('that is refused when it is checked again needs an Owner, until it is accepted', () => {
    const probing = nextOf(inPhase('active'), commands.validate);
    const refused = nextOf(probing, validatedWith(probing, { outcome: 'rejected' }));
    expect(refused.attentions).toEqual({ credentials_rejected: { since: 9 } });
    const again = nextOf(refused, commands.validate);
    expect(nextOf(again, validatedWith(again, accepted())).attentions).toEqual({});
  });

  it('without a scope that is used needs an Owner', () => {
    const of = (statuses: Parameters<typeof accepted>[0]) => {
      const state = connecting('install');
      return Object.keys(nextOf(state, validatedWith(state, accepted(statuses))).attentions);
    };
    expect(of({ interviews_read: 'missing' })).toEqual(['scope_missing']);
    expect(of({ users_read: 'missing' })).toEqual(['scope_missing']);
    expect(
      of({ interviews_write: 'unverified', interview_types_read: 'missing', jobs_read: 'unknown' }),
    ).toEqual([]);
  });
});

describe('settings', () => {
  it('are refused for an old version, and when the gate would rest on no mail', () => {
    expect(said(inPhase('active'), { ...commands.settings, meta: meta('c', 3) })).toBe(
      'VersionMismatch',
    );
    expect(said(inPhase('active'), { ...commands.settings, meta: meta('c', 4) })).toBe(
      'change → active',
    );
    const patch = { engagement: { candidateEmails: false } };
    expect(said(inPhase('active'), { ...commands.settings, patch })).toBe(
      'ConsentNeedsCandidateEmails',
    );
  });

  it('raise a fence when they narrow, none when they do not', () => {
    const fenceOf = (patch: object) => {
      const plan = planCommand(inPhase('active'), { ...commands.settings, patch });
      return plan.kind === 'go' && plan.effect.kind === 'change' ? plan.effect.fence : undefined;
    };
    expect(fenceOf({ engagement: { record: false } })).toEqual({ kind: 'settings', epoch: 8 });
    expect(fenceOf({ notetakerName: 'N' })).toBeNull();
  });
});

it('scopes to decide anew are kept once each, and `all` covers them', () => {
  const all = { kind: 'all' } as const;
  const one = { kind: 'role', jobId: 'j' } as const;
  const twice = withReconcile(withReconcile(inPhase('active'), one), one);
  expect(twice.reconcile).toEqual([one]);
  expect(withReconcile(withReconcile(twice, all), one).reconcile).toEqual([all]);
});

it('epochs never fall, and every visible change has a new version', () => {
  const visible = (state: InstallationState) =>
    JSON.stringify([
      state.phase,
      state.settings,
      state.scopes,
      state.attentions,
      state.credentialRef,
      state.receiptId,
    ]);
  const settings = fc.constantFrom(
    { engagement: { record: false } },
    { engagement: { record: true } },
    { captureMode: 'import_all' as const },
    { captureMode: 'choose_jobs' as const },
    { consent: { mode: 'external' as const } },
    { consent: { mode: 'notice' as const } },
  );
  const any = fc.oneof(
    fc.constantFrom(...(Object.values(commands) as Command[])),
    settings.map((patch): Command => ({ ...commands.settings, patch })),
    fc.boolean().map((open): Command => ({ ...commands.attention, open })),
    fc.constantFrom('accepted', 'rejected', 'unavailable', 'different_company'),
  );
  fc.assert(
    fc.property(fc.array(any, { maxLength: 40 }), (sequence) => {
      let state = newInstallationState('org');
      for (const item of sequence) {
        if (typeof item === 'string' && state.validation === null) continue;
        const outcome = item === 'accepted' ? accepted() : ({ outcome: item } as ProbeOutcome);
        const plan = planCommand(
          state,
          typeof item === 'string' ? validatedWith(state, outcome) : item,
        );
        if (plan.kind === 'refused') continue;
        const { next, effect } = plan;
        expect(next.epoch).toBeGreaterThanOrEqual(state.epoch);
        expect(next.version).toBeGreaterThanOrEqual(state.version);
        const discarded = effect.kind === 'discardInstallation';
        const seen = visible(next) !== visible(state) && !discarded;
        expect(!seen || next.version === state.version + 1).toBe(true);
        const fence = effect.kind === 'change' ? effect.fence : null;
        expect(fence?.epoch ?? next.epoch).toBe(next.epoch);
        state = next;
      }
    }),
    { numRuns: 400 },
  );
});
