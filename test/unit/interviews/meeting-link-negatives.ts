/** Texts in which there is no room, although one or the other joiner takes them for one. */
export const notRooms: { row: string; case: string; text: string }[] = [
  { row: 'N1', case: 'Look-alike suffix', text: 'https://zoom.us.evil.example/j/84012345678' },
  { row: 'N2', case: 'Look-alike prefix', text: 'https://notzoom.us/j/84012345678' },
  {
    row: 'N3',
    case: 'Provider name only in path',
    text: 'https://evil.example/zoom.us/j/84012345678',
  },
  { row: 'N4', case: 'Userinfo trick', text: 'https://zoom.us@evil.example/j/84012345678' },
  { row: 'N5', case: 'Userinfo on the real host', text: 'https://evil@zoom.us/j/84012345678' },
  {
    row: 'N6',
    case: 'Unknown redirector (not on the unwrap list)',
    text: 'https://evil.example/go?u=https%3A%2F%2Fzoom.us%2Fj%2F84012345678',
  },
  {
    row: 'N7',
    case: 'Look-alike SafeLinks',
    text: 'https://safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Fzoom.us%2Fj%2F84012345678',
  },
  { row: 'N8', case: 'Non-default port', text: 'https://zoom.us:8443/j/84012345678' },
  { row: 'N9', case: 'Cyrillic homoglyph', text: 'https://zооm.us/j/84012345678' },
  {
    row: 'N10',
    case: 'Zoom recording',
    text: 'https://us02web.zoom.us/rec/share/1234567890abcDEF',
  },
  {
    row: 'N11',
    case: 'Zoom registration page',
    text: 'https://us02web.zoom.us/meeting/register/tZ0abc123456789',
  },
  { row: 'N12', case: 'Zoom dial-in page', text: 'https://us02web.zoom.us/u/kbCdEfGh' },
  { row: 'N13', case: 'Zoom id too short', text: 'https://zoom.us/j/12345' },
  { row: 'N14', case: 'Zoom Events', text: 'https://events.zoom.us/ejl/abc123' },
  {
    row: 'N15',
    case: 'Zoom support article',
    text: 'https://support.zoom.us/hc/en-us/articles/201362193',
  },
  { row: 'N16', case: 'Meet new-room page', text: 'https://meet.google.com/new' },
  { row: 'N17', case: 'Meet lookup page', text: 'https://meet.google.com/lookup/abcdefghij' },
  {
    row: 'N18',
    case: 'Meet livestream',
    text: 'https://stream.meet.google.com/stream/abc12ab1-abc1-1234-123a-a1234a1abc12',
  },
  {
    row: 'N19',
    case: 'Meet dial-in page (carries the code)',
    text: 'https://tel.meet/abc-defg-hij?pin=1234567890123',
  },
  {
    row: 'N20',
    case: 'Teams meeting options',
    text: 'https://teams.microsoft.com/meetingOptions/?organizerId=1&tenantId=2&threadId=19_meeting_x@thread.v2',
  },
  {
    row: 'N21',
    case: 'Teams channel deep link',
    text: 'https://teams.microsoft.com/l/channel/19%3aabc%40thread.tacv2/General?groupId=1&tenantId=2',
  },
  {
    row: 'N22',
    case: 'Teams classic without context',
    text: 'https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0',
  },
  {
    row: 'N23',
    case: 'Teams non-numeric short id',
    text: 'https://teams.microsoft.com/meet/channel?p=AbC',
  },
  {
    row: 'N24',
    case: 'Webex recording',
    text: 'https://acme.webex.com/acme/lsr.php?RCID=0a1b2c3d4e5f',
  },
  { row: 'N25', case: 'Whereby marketing page', text: 'https://whereby.com/blog' },
  {
    row: 'N26',
    case: 'E-mail address at a provider',
    text: 'Write to help@zoom.us/j/84012345678 team',
  },
  {
    row: 'N27',
    case: 'SmartRecruiters application page (illustrative)',
    text: 'https://www.smartrecruiters.com/app/people/applications/00000000-0000-4000-8000-000000000000',
  },
  { row: 'N28', case: 'Phone-only interview', text: 'Call +1 646 558 8656, ID 84012345678#' },
];
