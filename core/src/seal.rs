//! The digest that approvals are bound to. Whatever it covers and moves voids them.

use sha2::{Digest as _, Sha256};

use crate::catalog::Pipeline;
use crate::deployment::Kind;
use crate::ids::{
    CommitSha, DeploymentId, Digest, EnvironmentName, OpKey, PersonName, ServiceName,
};
use crate::policy::Policy;
use crate::private::Private;
use crate::request::Parameters;

/// Everything that an approval says yes to.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    pub deployment: DeploymentId,
    pub kind: &'a Kind,
    pub service: &'a ServiceName,
    pub environment: &'a EnvironmentName,
    pub commit: &'a CommitSha,
    pub parameters: &'a Private<Parameters>,
    pub pipeline: &'a Pipeline,
    /// What the backend finds behind the recipe.
    pub fingerprint: &'a Digest,
    pub policy: &'a Policy,
    pub requester: &'a Private<PersonName>,
    /// Random per request: without it, an erased name could be guessed from the seal.
    pub nonce: &'a Private<Digest>,
}

/// Returns the seal: a digest over every part, each with its length before it, so that no two
/// different contents read the same.
pub fn seal(contents: &Contents<'_>) -> Digest {
    let mut hasher = Sha256::new_with_prefix(b"wilco.seal.1\n");
    let mut add = |part: &[u8]| {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    };
    let json =
        |value: serde_json::Result<Vec<u8>>| value.expect("the parts of a seal are JSON values");
    add(&contents.deployment.0.to_be_bytes());
    add(&json(serde_json::to_vec(contents.kind)));
    add(contents.service.as_str().as_bytes());
    add(contents.environment.as_str().as_bytes());
    add(contents.commit.as_str().as_bytes());
    add(&json(serde_json::to_vec(&contents.parameters.known())));
    add(&contents.pipeline.digest().0);
    add(&contents.fingerprint.0);
    add(&contents.policy.digest().0);
    add(&json(serde_json::to_vec(&contents.requester.known())));
    add(&json(serde_json::to_vec(&contents.nonce.known())));
    Digest(hasher.finalize().into())
}

/// Returns the deployment that a run's key was made for; `None` for a name that is no such key.
pub fn deployment_of(op_key: &OpKey) -> Option<DeploymentId> {
    let (number, _) = op_key.as_str().split_once('-')?;
    number.parse().ok().map(DeploymentId)
}

/// Returns the key under which a backend runs this at most once: unique among all records, and the
/// same however often it is computed.
pub fn op_key(instance: &Digest, deployment: DeploymentId, seal: &Digest) -> OpKey {
    let digest = Sha256::new_with_prefix(b"wilco.op-key.1\n")
        .chain_update(instance.0)
        .chain_update(deployment.0.to_be_bytes())
        .chain_update(seal.0)
        .finalize();
    let digits = crate::hex::hex(&digest[..10]);
    OpKey::new(format!("{}-{digits}", deployment.0)).expect("digits and a dash are a name")
}
