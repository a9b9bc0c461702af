/** An organization's settings; `api.md` has the defaults and the rules of change (JSON Merge Patch). */
export type CaptureMode = 'choose_jobs' | 'import_all';
export type ConsentMode = 'notice' | 'opt_in' | 'external';
export type WhenUnreachable = 'join_if_fresh' | 'skip';

export interface ConsentRegion {
  country: string;
  subdivision?: string;
  mode: ConsentMode;
}

export interface Restriction {
  field:
    | 'interviewType'
    | 'department'
    | 'location'
    | 'job'
    | 'interviewer'
    | 'title'
    | 'confidential';
  match: string;
}

export interface Settings {
  captureMode: CaptureMode;
  engagement: {
    record: boolean;
    transcribe: boolean;
    candidateEmails: boolean;
    interviewerEmails: boolean;
  };
  consent: {
    mode: ConsentMode;
    noticeLeadHours: number;
    regions: ConsentRegion[];
    /** Who declared that the organization gives notice itself; set by the server. */
    external?: { declaredBy: string; declaredAt: number };
  };
  joining: { whenUnreachable: WhenUnreachable; neverAfterMinutes: number };
  restrictions: Restriction[];
  notetakerName: string;
  alerts: { emails: string[]; webhookUrl: string | null };
}

/** What a caller may change: any part; objects merge, arrays are replaced (RFC 7396). */
export interface SettingsPatch {
  captureMode?: CaptureMode;
  engagement?: Partial<Settings['engagement']>;
  consent?: Partial<Omit<Settings['consent'], 'external'>>;
  joining?: Partial<Settings['joining']>;
  restrictions?: Restriction[];
  notetakerName?: string;
  alerts?: { emails?: string[]; webhookUrl?: string | null };
}

export const defaultSettings: Settings = {
  captureMode: 'choose_jobs',
  engagement: { record: true, transcribe: true, candidateEmails: true, interviewerEmails: true },
  consent: { mode: 'notice', noticeLeadHours: 24, regions: [] },
  joining: { whenUnreachable: 'join_if_fresh', neverAfterMinutes: 10 },
  restrictions: [],
  notetakerName: 'Pillar Notetaker',
  alerts: { emails: [], webhookUrl: null },
};
