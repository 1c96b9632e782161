/** What the terminal's page tells the session's page that it is framed by. */

/** The session has ended, and there is nothing to play. */
export const NOTHING_PRINTED = 'sallyport:nothing-printed';
