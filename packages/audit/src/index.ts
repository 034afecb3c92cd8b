export * from './audit.js';
export * from './audit-log.js';
export * from './best-sellers.js';
export * from './finding.js';
export * from './history/history.js';
export * from './judge.js';
export * from './report.js';
