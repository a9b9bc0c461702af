import fc from 'fast-check';
import { decisionCodes, decisionFor } from '../../../workflows/contracts/decision.js';
import { providerReasons } from '../../../workflows/contracts/provider-reasons.js';
import { knownReasons, reasonWords } from '../../../workflows/contracts/reason-words.js';

/** Sub-codes as the providers document them: the dossier's sections 1.6, 2.4 and 3.5. */
const dossier = {
  recall: `call_ended_by_host call_ended_by_platform_idle call_ended_by_platform_max_length
    timeout_exceeded_everyone_left timeout_exceeded_silence_detected
    timeout_exceeded_only_bots_detected_using_participant_names
    timeout_exceeded_only_bots_detected_using_participant_events timeout_exceeded_in_call_recording
    timeout_exceeded_max_duration timeout_exceeded_waiting_room
    call_ended_by_platform_waiting_room_timeout bot_kicked_from_waiting_room
    timeout_exceeded_noone_joined timeout_exceeded_in_call_not_recording
    timeout_exceeded_recording_permission_denied bot_kicked_from_call bot_received_leave_call
    meeting_not_started microsoft_teams_event_not_started_for_external
    google_meet_meeting_room_not_ready zoom_another_meeting_in_progress bot_errored
    failed_to_launch_in_time google_meet_internal_error google_meet_video_error zoom_internal_error
    zoom_join_timeout zoom_connection_failed microsoft_teams_internal_error
    microsoft_teams_call_dropped meeting_not_found meeting_link_expired meeting_link_invalid
    meeting_password_incorrect meeting_ended zoom_invalid_webinar_invite webex_join_meeting_error
    meeting_requires_sign_in meeting_requires_registration meeting_locked meeting_full
    google_meet_bot_blocked google_meet_knocking_disabled google_meet_watermark_kicked
    zoom_registration_required zoom_captcha_required zoom_email_required
    zoom_email_blocked_by_admin zoom_account_blocked zoom_web_disallowed
    zoom_meeting_not_accessible zoom_meeting_host_inactive zoom_error_multiple_device_join
    microsoft_teams_captcha_detected microsoft_teams_captcha_error microsoft_teams_bot_not_invited
    zoom_sdk_credentials_missing zoom_sdk_update_required zoom_sdk_app_not_published
    zoom_invalid_join_token zoom_invalid_signature google_meet_sign_in_failed
    google_meet_sso_sign_in_failed google_meet_login_not_available microsoft_teams_sign_in_failed
    microsoft_teams_2fa_required zoom_local_recording_disabled
    zoom_local_recording_request_disabled zoom_local_recording_request_disabled_by_host
    zoom_bot_in_waiting_room zoom_host_not_present zoom_local_recording_request_denied_by_host
    zoom_local_recording_denied zoom_local_recording_grant_not_supported
    zoom_sdk_key_blocked_by_host_admin`,
  attendee: `could_not_join_meeting fatal_error meeting_not_started_waiting_for_host waiting_room_timeout_exceeded
    zoom_sdk_internal_error zoom_meeting_status_failed request_to_join_denied meeting_not_found
    unable_to_connect_to_meeting login_required blocked_by_captcha
    authorized_user_not_in_meeting_timeout_exceeded zoom_authorization_failed unpublished_zoom_app
    zoom_app_cannot_join_anonymously bot_login_attempt_failed heartbeat_timeout process_terminated
    attendee_internal_error ui_element_not_found bot_not_launched out_of_credits
    rtmp_connection_failed global_runtime_timeout user_requested auto_leave_silence
    auto_leave_only_participant_in_meeting auto_leave_max_uptime_exceeded
    auto_leave_could_not_enable_closed_captions host_denied_permission request_timed_out
    host_client_cannot_grant_permission webinar_attendee_needs_panelist_promotion`,
  vexa: `awaiting_admission_timeout join_failure start_failed awaiting_admission_rejected evicted
    validation_error max_bot_time_exceeded auth_session_missing startup_alone left_alone stopped
    stopped_before_admission stopped_with_no_audio`,
  pillar: `meeting_ended everyone_left leave_at_reached left_on_request removed_by_participant
    denied_by_host waiting_room_timeout host_never_opened nobody_came meeting_url_unusable
    bot_crashed`,
};

const isNew = /new to us/;

describe('a reason in plain words', () => {
  it.each(Object.entries(dossier))('knows every documented sub-code of %s', (_name, codes) => {
    const unknown = codes.split(/\s+/).filter((code) => isNew.test(reasonWords(code).sentence));
    expect(unknown).toEqual([]);
  });

  it('says the decision’s own sentence for the code of a decision, and who can change it', () => {
    for (const code of decisionCodes) {
      const { sentence, remedy } = reasonWords(code);
      expect([code, sentence]).toEqual([code, decisionFor(code).explanation]);
      const somebodyCan = decisionFor(code).fixableBy !== 'nobody';
      expect([code, !somebodyCan || remedy !== null]).toEqual([code, true]);
    }
  });

  it('is made of whole sentences for people, without codes', () => {
    for (const reason of knownReasons) {
      const { sentence, remedy } = reasonWords(reason);
      for (const text of remedy === null ? [sentence] : [sentence, remedy]) {
        expect([reason, text]).toEqual([reason, expect.stringMatching(/^[A-Z][^_`]{9,170}\.$/)]);
        expect([reason, text]).not.toEqual([reason, expect.stringMatching(/'|\b(bot|null)\b/)]);
      }
    }
  });

  it('tells what to do about everything that kept the notetaker from an interview', () => {
    const peaceful = Object.entries(providerReasons).filter(([, { remedy }]) => remedy === null);
    expect(peaceful.map(([code]) => code).sort()).toEqual(
      [
        'auto_leave_max_uptime_exceeded',
        'auto_leave_silence',
        'bot_received_leave_call',
        'call_ended_by_host',
        'call_ended_by_platform_idle',
        'call_ended_by_platform_max_length',
        'everyone_left',
        'global_runtime_timeout',
        'leave_at_reached',
        'left_alone',
        'left_on_request',
        'max_bot_time_exceeded',
        'stopped',
        'stopped_before_admission',
        'timeout_exceeded_everyone_left',
        'timeout_exceeded_in_call_recording',
        'timeout_exceeded_max_duration',
        'timeout_exceeded_only_bots_detected_using_participant_events',
        'timeout_exceeded_only_bots_detected_using_participant_names',
        'timeout_exceeded_silence_detected',
        'user_requested',
      ].sort(),
    );
  });

  it('meets sub-codes that nobody has seen yet, and repeats nothing that is no code', () => {
    expect(reasonWords('zoom_moon_phase_wrong').sentence).toMatch(/zoom moon phase wrong/);
    expect(reasonWords('microsoft_teams_breakout_room_unsupported').sentence).toMatch(/breakout/);
    expect(reasonWords('Jane Doe <jane@example.com>').sentence).not.toMatch(/Jane/);
    for (const name of ['constructor', '__proto__', 'toString', '']) {
      expect(reasonWords(name).sentence).toMatch(isNew);
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { sentence } = reasonWords(text);
        expect(sentence.length).toBeGreaterThan(10);
        expect(sentence).not.toMatch(/[<>\n]/);
      }),
    );
  });
});
