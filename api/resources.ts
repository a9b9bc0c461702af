import type { InstallationDoc, InterviewDoc, RoleDoc } from '../common/read-model/documents.js';
import { choiceContext } from '../common/sealed-fields.js';
import type { Stopping } from '../workflows/contracts/installation.js';
import type { ApiDeps } from './deps.js';
import { Problem } from './errors.js';
import {
  type InstallationShape,
  presentInstallation,
  presentNotInstalled,
} from './presenters/installation.js';
import {
  type InterviewPresentation,
  type InterviewShape,
  presentInterview,
} from './presenters/interview.js';
import { presentRole, type RoleShape } from './presenters/role.js';
import { presentImport } from './presenters/watch.js';

/** Reads a resource and gives it its public shape, for answers and events alike. */
export interface Resources {
  /** Throws `Problem` `not_installed`. */
  installed(key: { orgId: string }): Promise<InstallationDoc>;
  installation(input: { orgId: string; stopping: Stopping[] | null }): Promise<InstallationShape>;
  /** How far the first import is; null when none is under way. */
  importProgress(key: { orgId: string }): Promise<InstallationShape['import']>;
  /** null when there is no such role. */
  role(input: {
    orgId: string;
    jobId: string;
    stopping: Stopping[] | null;
    withRemoved: boolean;
  }): Promise<RoleShape | null>;
  roles(input: { doc: InstallationDoc; roles: RoleDoc[] }): Promise<RoleShape[]>;
  interview(input: {
    orgId: string;
    interviewId: string;
    stopping: Stopping[] | null;
  }): Promise<InterviewShape | null>;
  /** What the presenters of an interview need beside it. */
  presentationOf(input: {
    installation: InstallationDoc;
    doc: InterviewDoc;
    stopping: Stopping[] | null;
  }): InterviewPresentation;
}

export function createResources({
  readModel,
  vault,
  now,
}: Pick<ApiDeps, 'readModel' | 'vault' | 'now'>): Resources {
  function openReason(input: { orgId: string; interviewId: string; sealed: string }) {
    try {
      return vault.open({ sealed: input.sealed, context: choiceContext(input) });
    } catch {
      // A key that was retired takes old remarks with it; the choice itself still holds.
      return null;
    }
  }

  const presentationOf: Resources['presentationOf'] = ({ installation, doc, stopping }) => ({
    doc,
    consentMode: installation.settings.consent.mode,
    openReason: (input) => openReason({ orgId: installation.orgId, ...input }),
    stopping,
  });

  const roles: Resources['roles'] = async ({ doc, roles }) => {
    const { orgId, generation } = doc;
    const jobIds = roles.map(({ jobId }) => jobId);
    const upcoming =
      jobIds.length === 0
        ? new Map<string, number>()
        : await readModel.upcomingByJob({ orgId, generation, jobIds, now: now() });
    return roles.map((role) =>
      presentRole({
        doc: role,
        upcomingInterviews: upcoming.get(role.jobId) ?? 0,
        stopping: null,
      }),
    );
  };

  return {
    async installed({ orgId }) {
      const doc = await readModel.installation({ orgId });
      if (doc === null) throw new Problem({ code: 'not_installed' });
      return doc;
    },

    async installation({ orgId, stopping }) {
      const doc = await readModel.installation({ orgId });
      if (doc === null) return presentNotInstalled({ orgId });
      const scope = { orgId, generation: doc.generation, now: now() };
      const [counts, report, subscription] = await Promise.all([
        readModel.counts(scope),
        readModel.watchReport(scope),
        readModel.subscription(scope),
      ]);
      return presentInstallation({ doc, counts, report, subscription, now: scope.now, stopping });
    },

    async importProgress({ orgId }) {
      const doc = await readModel.installation({ orgId });
      if (doc === null) return null;
      const report = await readModel.watchReport({ orgId, generation: doc.generation });
      return report && presentImport(report);
    },

    async role({ orgId, jobId, stopping, withRemoved }) {
      const doc = await readModel.installation({ orgId });
      if (doc === null) return null;
      const found = await readModel.role({ orgId, generation: doc.generation, jobId });
      if (found === null || (found.removed && !withRemoved)) return null;
      const [shape] = await roles({ doc, roles: [found] });
      if (shape === undefined) return null;
      const own = stopping?.filter((one) => one.jobId === jobId) ?? [];
      return own.length === 0
        ? shape
        : presentRole({
            doc: found,
            upcomingInterviews: shape.upcomingInterviews,
            stopping: own,
          });
    },

    roles,

    async interview({ orgId, interviewId, stopping }) {
      const installation = await readModel.installation({ orgId });
      if (installation === null) return null;
      const { generation } = installation;
      const doc = await readModel.interview({ orgId, generation, interviewId });
      return doc === null
        ? null
        : presentInterview(presentationOf({ installation, doc, stopping }));
    },

    presentationOf,
  };
}
