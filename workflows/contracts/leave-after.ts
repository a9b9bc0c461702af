/** All others have left: long enough to drop out of an interview and come back. */
export const everyoneLeftSeconds = 2 * 60;
