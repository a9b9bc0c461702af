import type { ReasonWords } from './reason-words.js';

/**
 * The sub-codes of the providers that are known, in plain words: Pillar's contract
 * (`docs/notetaker-contract.openapi.json`, `subCode`), Recall.ai, Attendee and Vexa
 * (`notetaker-providers.md` 1.6, 2.4, 3.5; codes that two of them share stand once). None of these
 * lists is closed: what is missing here is met by `reasonWords`.
 */
const again = 'Send the notetaker again if the interview still goes on.';
const newLink =
  'Put the present meeting link into the interview in SmartRecruiters, or set it by hand.';
const operators = 'Pillar’s engineers have to act; nothing can be done here.';
const letIn = 'Ask the host to admit the notetaker, or let guests come in without waiting.';
const guests = 'Let guests join this meeting without it, or skip the notetaker.';
const allow = 'Ask the host to allow recording for guests before the interview begins.';

const everyoneLeft = words('Everybody else left, and so did the notetaker.', null);
const silence = words('The notetaker left after a long silence.', null);
const onlyBots = words('Only other bots were left in the meeting.', null);
const longest = words('The notetaker left after the longest time that it may stay.', null);
const asked = words('The notetaker was asked to leave.', null);
const lobby = words('Nobody let the notetaker in from the lobby.', letIn);
const denied = words(
  'The host turned the notetaker away.',
  'If that was a mistake, send it again and ask the host to admit it.',
);
const removed = words(
  'Somebody in the meeting removed the notetaker.',
  'If that was a mistake, send it again while the interview goes on.',
);
const nobodyCame = words(
  'The notetaker was in the meeting, but nobody else came.',
  'Check in SmartRecruiters that the interview has the link that people really used.',
);
const notOpened = words(
  'The host did not open the meeting while the notetaker waited.',
  'If people meet later than planned, send the notetaker again then.',
);
const notRecording = words('The notetaker was in the call, but could not record.', allow);
const serviceFault = words('The notetaker service had a fault.', again);
const meetingFault = words('The meeting service had a fault while the notetaker joined.', again);
const noMeeting = words('There was no meeting under this link.', newLink);
const passcode = words(
  'The meeting’s passcode was missing or wrong.',
  'Use a link that holds the passcode; put it into SmartRecruiters or set it by hand.',
);
const signIn = words('The meeting lets in only people who are signed in.', guests);
const registration = words('The meeting lets in only people who have registered.', guests);
const captcha = words('The meeting service wanted proof that a person joins.', guests);
const blocked = words(
  'The meeting’s organization keeps notetakers out.',
  'Its administrator can allow them; until then, skip the notetaker.',
);
const setUp = words(
  'The notetaker is not set up for this meeting service as it has to be.',
  operators,
);
const recordingDenied = words('The host did not allow the notetaker to record.', allow);
const recordingOff = words(
  'The meeting’s settings do not let guests record.',
  'The host can allow local recording for guests in the settings of the meeting service.',
);
const hostAway = words('Nobody was there who could allow the notetaker to record.', allow);
const breakout = words(
  'The notetaker could not follow into a breakout room.',
  'Hold the interview in the main room.',
);

export const providerReasons: Record<string, ReasonWords> = {
  // Pillar
  meeting_ended: words('The meeting had ended.', newLink),
  everyone_left: everyoneLeft,
  leave_at_reached: words('The notetaker left at the time that was set for it.', null),
  left_on_request: asked,
  denied_by_host: denied,
  waiting_room_timeout: lobby,
  host_never_opened: notOpened,
  nobody_came: nobodyCame,
  meeting_url_unusable: noMeeting,
  bot_crashed: serviceFault,

  // Recall.ai: the call ended
  call_ended_by_host: words('The host ended the meeting.', null),
  call_ended_by_platform_idle: words('The meeting service ended a meeting that stood idle.', null),
  call_ended_by_platform_max_length: words(
    'The meeting reached the longest time that its service allows.',
    null,
  ),
  timeout_exceeded_everyone_left: everyoneLeft,
  timeout_exceeded_silence_detected: silence,
  timeout_exceeded_only_bots_detected_using_participant_names: onlyBots,
  timeout_exceeded_only_bots_detected_using_participant_events: onlyBots,
  timeout_exceeded_in_call_recording: longest,
  timeout_exceeded_max_duration: longest,
  timeout_exceeded_waiting_room: lobby,
  call_ended_by_platform_waiting_room_timeout: lobby,
  bot_kicked_from_waiting_room: denied,
  timeout_exceeded_noone_joined: nobodyCame,
  timeout_exceeded_in_call_not_recording: notRecording,
  timeout_exceeded_recording_permission_denied: recordingDenied,
  bot_kicked_from_call: removed,
  bot_received_leave_call: asked,

  // Recall.ai: the time was wrong
  microsoft_teams_event_not_started_for_external: notOpened,
  google_meet_meeting_room_not_ready: notOpened,
  zoom_another_meeting_in_progress: words(
    'The host was in another Zoom meeting, so this one could not begin.',
    'Use a meeting of its own for each interview.',
  ),

  // Recall.ai: faults
  bot_errored: serviceFault,
  failed_to_launch_in_time: words('The notetaker service did not send it in time.', again),
  google_meet_internal_error: meetingFault,
  google_meet_video_error: meetingFault,
  zoom_internal_error: meetingFault,
  zoom_join_timeout: meetingFault,
  zoom_connection_failed: meetingFault,
  microsoft_teams_internal_error: meetingFault,
  microsoft_teams_call_dropped: meetingFault,

  // Recall.ai: the link
  meeting_not_found: noMeeting,
  meeting_link_expired: words('The meeting link has expired.', newLink),
  meeting_link_invalid: noMeeting,
  meeting_password_incorrect: passcode,
  zoom_invalid_webinar_invite: words('The link was no invitation for a webinar guest.', newLink),
  webex_join_meeting_error: words('The Webex meeting could not be joined with this link.', newLink),

  // Recall.ai: who may come in
  meeting_requires_sign_in: signIn,
  meeting_requires_registration: registration,
  meeting_locked: words(
    'The meeting was locked.',
    'Ask the host to lock it only when the notetaker is in.',
  ),
  meeting_full: words('The meeting was full.', 'Ask the host to make room for one more guest.'),
  google_meet_bot_blocked: blocked,
  google_meet_knocking_disabled: words(
    'The meeting does not let guests ask to join.',
    'The host can turn quick access or asking to join on in Google Meet.',
  ),
  google_meet_watermark_kicked: words(
    'Google Meet removed the notetaker, because the meeting is watermarked.',
    'The host can turn the watermark off, or skip the notetaker.',
  ),
  zoom_registration_required: registration,
  zoom_captcha_required: captcha,
  zoom_email_required: words('The meeting lets in only guests with an e-mail address.', guests),
  zoom_email_blocked_by_admin: blocked,
  zoom_account_blocked: blocked,
  zoom_web_disallowed: words('The meeting cannot be joined from a browser.', guests),
  zoom_meeting_not_accessible: words('The meeting is not open to guests.', guests),
  zoom_meeting_host_inactive: words(
    'The account of the meeting’s host is not active.',
    'Use the meeting of a host whose account is active.',
  ),
  zoom_error_multiple_device_join: words(
    'The notetaker’s account was already in another meeting.',
    operators,
  ),
  microsoft_teams_captcha_detected: captcha,
  microsoft_teams_captcha_error: captcha,
  microsoft_teams_bot_not_invited: words(
    'The Teams meeting lets in only people who were invited.',
    guests,
  ),

  // Recall.ai: set-up
  zoom_sdk_credentials_missing: setUp,
  zoom_sdk_update_required: setUp,
  zoom_sdk_app_not_published: setUp,
  zoom_invalid_join_token: setUp,
  zoom_invalid_signature: setUp,
  google_meet_login_not_available: setUp,
  login_not_available: setUp,
  microsoft_teams_2fa_required: setUp,

  // Recall.ai: Zoom did not let it record
  zoom_local_recording_disabled: recordingOff,
  zoom_local_recording_request_disabled: recordingOff,
  zoom_local_recording_request_disabled_by_host: recordingOff,
  zoom_bot_in_waiting_room: lobby,
  zoom_host_not_present: hostAway,
  zoom_local_recording_request_denied_by_host: recordingDenied,
  zoom_local_recording_denied: recordingDenied,
  zoom_local_recording_grant_not_supported: words(
    'The host’s Zoom is too old to allow the notetaker to record.',
    'Ask the host to update Zoom.',
  ),
  zoom_sdk_key_blocked_by_host_admin: blocked,

  // Attendee; the first two are its events, where it gives no sub-type
  could_not_join_meeting: meetingFault,
  fatal_error: serviceFault,
  meeting_not_started_waiting_for_host: notOpened,
  waiting_room_timeout_exceeded: lobby,
  zoom_sdk_internal_error: meetingFault,
  zoom_meeting_status_failed: meetingFault,
  request_to_join_denied: denied,
  unable_to_connect_to_meeting: passcode,
  login_required: signIn,
  blocked_by_captcha: captcha,
  authorized_user_not_in_meeting_timeout_exceeded: hostAway,
  zoom_authorization_failed: setUp,
  unpublished_zoom_app: setUp,
  zoom_app_cannot_join_anonymously: setUp,
  bot_login_attempt_failed: setUp,
  heartbeat_timeout: serviceFault,
  process_terminated: serviceFault,
  attendee_internal_error: serviceFault,
  ui_element_not_found: serviceFault,
  bot_not_launched: words('The notetaker service did not send it in time.', again),
  out_of_credits: words(
    'Our account at the notetaker service has run out of credit.',
    'Pillar’s engineers have to settle it; nothing can be done here.',
  ),
  rtmp_connection_failed: serviceFault,
  global_runtime_timeout: longest,
  user_requested: asked,
  auto_leave_silence: silence,
  auto_leave_only_participant_in_meeting: words(
    'The notetaker was alone in the meeting and left.',
    'Check in SmartRecruiters that the interview has the link that people really used.',
  ),
  auto_leave_max_uptime_exceeded: longest,
  auto_leave_could_not_enable_closed_captions: words(
    'The notetaker could not turn on the captions that it writes along with.',
    'Ask the host to allow captions in the meeting.',
  ),
  host_denied_permission: recordingDenied,
  request_timed_out: words('Nobody answered when the notetaker asked to record.', allow),
  host_client_cannot_grant_permission: words(
    'The host’s program cannot allow the notetaker to record.',
    'Ask the host to use the meeting service’s present program.',
  ),
  webinar_attendee_needs_panelist_promotion: words(
    'The notetaker came to a webinar as a listener, and listeners cannot record.',
    'Ask the host to make it a panelist, or hold the interview as a meeting.',
  ),

  // Vexa
  awaiting_admission_timeout: lobby,
  join_failure: meetingFault,
  start_failed: serviceFault,
  awaiting_admission_rejected: denied,
  evicted: removed,
  validation_error: words('The notetaker service could not make use of this link.', newLink),
  max_bot_time_exceeded: longest,
  auth_session_missing: setUp,
  startup_alone: nobodyCame,
  left_alone: everyoneLeft,
  stopped: asked,
  stopped_before_admission: words('The notetaker was taken back before it was let in.', null),
  stopped_with_no_audio: words(
    'The notetaker was taken away before anybody had spoken.',
    'Check in SmartRecruiters that the interview has the link that people really used.',
  ),

  // Classes that adapters give when the provider names no sub-code
  bad_link: noMeeting,
  access_policy: words('The meeting’s settings kept the notetaker out.', guests),
  configuration: setUp,
  provider_fault: serviceFault,
};

/**
 * People in the meeting did not want the notetaker, or its recording: it does not come again by itself.
 * The first is the word for a provider that names none.
 */
export const sentAwayReasons: ReadonlySet<string> = new Set([
  'removed_by_participant',
  ...Object.entries(providerReasons).flatMap(([code, said]) =>
    said === denied || said === removed || said === recordingDenied ? [code] : [],
  ),
]);

/** Groups that the dossier names by a pattern; looked at after the exact codes. */
export const providerReasonFamilies: readonly { pattern: RegExp; words: ReasonWords }[] = [
  { pattern: /^google_meet_\w*(sign_in|sso)/, words: setUp },
  { pattern: /^microsoft_teams_sign_in_/, words: setUp },
  { pattern: /breakout/, words: breakout },
];

function words(sentence: string, remedy: string | null): ReasonWords {
  return { sentence, remedy };
}
