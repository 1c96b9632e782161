/** What only our own chat page shows: what its channels are for. */
export const web = {
  private: 'Between you and Sallyport; nobody else sees it',
  incident: 'Incident: what is asked for here carries its name, and sessions report here',
  approvals: 'Ask for access, and decide',
  audit: 'Sessions that belong to no channel',
};
