export {
  createDeployment,
  deleteDeployment,
  rollBackDeployment,
  updateDeployment,
} from './change-deployments.ts'
export type { Deployment, DeploymentOptions, DeploymentRevision } from './deployment.ts'
export type { DeploymentContext, DeploymentPowers, EmbeddingPowers } from './powers.ts'
export {
  getDeployment,
  getDeploymentByName,
  listDeployments,
  listRevisions,
} from './read-deployments.ts'
export {
  createEmbeddingDeployment,
  deleteEmbeddingDeployment,
  getEmbeddingDeployment,
  listEmbeddingDeployments,
  updateEmbeddingDeployment,
} from './embedding-deployments.ts'
export type { EmbeddingDeployment } from './embedding-deployment.ts'
export { runDeployment } from './run-deployment.ts'
export { embeddingJobs } from './embedding-job.ts'
export { runEmbeddingDeployment } from './start-embedding.ts'
