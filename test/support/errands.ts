import type { ChatErrands } from '../../src/access/ports.ts';

/** For tests of jobs in which chat has nothing to do but cards. */
export const NO_ERRANDS: ChatErrands = {
  openIncident: async () => undefined,
  closeIncident: async () => undefined,
  postDocument: async () => undefined,
  tellKeyChange: async () => undefined,
  postAuditHead: async () => undefined,
};
