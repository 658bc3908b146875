//! What the configuration asks of a service × environment before anything runs there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::deployment::PathsRead;
use crate::ids::{Digest, PersonName, RoleName};
use crate::person::People;
use crate::private::Private;
use crate::time::Duration;

/// The rule under which a deployment waits. It is part of the seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Each must be filled by different people. Empty only where `approvals = 0` is written.
    pub groups: Vec<ApprovalGroup>,
    /// Whether the requester may approve too.
    pub requester: bool,
    /// Whether those who wrote what ships may approve too, as was so before there was a choice.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub authors: bool,
    /// Patterns of changed paths that the card names, so that whoever approves looks twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub risky: Vec<String>,
    /// Checks of the repository that must be green for the commit, by their names there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// How long after the request it expires.
    pub expires: Duration,
    /// Who may reject.
    pub reject: Vec<RoleName>,
}

/// So many approvals from people with at least one of these roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalGroup {
    pub approvals: u32,
    /// Empty is nobody, so a group without roles is never filled.
    pub from: Vec<RoleName>,
}

/// A deployment that nobody decides on ends after this, unless its policy says otherwise.
pub const EXPIRES_DEFAULT: Duration = Duration::seconds(24 * 3600);

fn yes() -> bool {
    true
}

/// Serde hands over a reference.
#[expect(clippy::trivially_copy_pass_by_ref)]
fn is_yes(flag: &bool) -> bool {
    *flag
}

/// Whose approval of one request may count for nothing, whatever their roles.
#[derive(Debug, Clone, Copy, Default)]
pub struct Concerned<'a> {
    /// `None` where nobody asked, or nobody knows any more who did.
    pub requester: Option<&'a PersonName>,
    /// Those who wrote what ships, where that is known; one who was erased might be anybody.
    pub authors: Option<&'a [Private<PersonName>]>,
}

/// How far one group is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub have: u32,
    pub need: u32,
    pub from: Vec<RoleName>,
}

impl Policy {
    /// Returns how much of the changed paths was read for those that this policy marks; where it marks none, there
    /// was nothing to read.
    pub fn read_for_risks(&self, paths: PathsRead) -> PathsRead {
        if self.risky.is_empty() { PathsRead::Whole } else { paths }
    }

    /// Returns how many different people must approve.
    pub fn approvals(&self) -> u32 {
        self.groups.iter().fold(0, |sum, group| sum.saturating_add(group.approvals))
    }

    /// Returns every role whose holders can approve.
    pub fn approver_roles(&self) -> Vec<RoleName> {
        let mut roles: Vec<RoleName> =
            self.groups.iter().flat_map(|group| group.from.iter().cloned()).collect();
        roles.sort();
        roles.dedup();
        roles
    }

    /// Tells whether the approval of somebody whom a request concerns counts for nothing.
    pub fn bars(&self, name: &PersonName, concerned: Concerned<'_>) -> bool {
        let asked = concerned.requester == Some(name);
        let wrote = concerned.authors.unwrap_or_default().iter().any(|author| !author.is_not(name));
        (!self.requester && asked) || (!self.authors && wrote)
    }

    /// Returns how many places could be filled at most for a request that concerns these people.
    pub fn reach(&self, concerned: Concerned<'_>, people: &People) -> u32 {
        let able =
            people.iter().map(|person| &person.name).filter(|name| !self.bars(name, concerned));
        self.tally(able, people).iter().fold(0, |sum, tally| sum.saturating_add(tally.have))
    }

    /// Returns the digest that the record and the seal name this policy by.
    pub fn digest(&self) -> Digest {
        let json = serde_json::to_vec(self).expect("a policy has only JSON values");
        Digest(Sha256::new().chain_update(b"wilco.policy.1\n").chain_update(json).finalize().into())
    }

    /// Returns for each group how many of these people fill it, each person counted once over all groups.
    ///
    /// Roles are looked up afresh, so somebody who lost a role no longer counts. People are
    /// assigned so that as many places as possible are filled: somebody with two roles is used
    /// where nobody else fits.
    pub fn tally<'a>(
        &self,
        approvers: impl IntoIterator<Item = &'a PersonName>,
        people: &People,
    ) -> Vec<Tally> {
        let eligible: Vec<Vec<usize>> = approvers
            .into_iter()
            .filter_map(|name| people.by_name(name))
            .map(|person| {
                let fits = |group: &ApprovalGroup| person.has_any_role(&group.from);
                (0..self.groups.len()).filter(|index| fits(&self.groups[*index])).collect()
            })
            .collect();
        let mut assignment =
            Assignment { policy: self, eligible: &eligible, places: BTreeMap::new() };
        for person in 0..eligible.len() {
            let mut tried = vec![false; self.groups.len()];
            assignment.seat(person, &mut tried);
        }
        let filled = |index: usize| assignment.places.get(&index).map_or(0, Vec::len);
        self.groups
            .iter()
            .enumerate()
            .map(|(index, group)| Tally {
                have: u32::try_from(filled(index)).unwrap_or(u32::MAX),
                need: group.approvals,
                from: group.from.clone(),
            })
            .collect()
    }
}

/// Kuhn's matching of people to the places that groups offer.
struct Assignment<'a> {
    policy: &'a Policy,
    eligible: &'a [Vec<usize>],
    /// For each group, who sits in it.
    places: BTreeMap<usize, Vec<usize>>,
}

impl Assignment<'_> {
    /// Finds a place for the person, moving others to another group if that makes one free.
    fn seat(&mut self, person: usize, tried: &mut [bool]) -> bool {
        for &group in &self.eligible[person] {
            if std::mem::replace(&mut tried[group], true) {
                continue;
            }
            let capacity =
                usize::try_from(self.policy.groups[group].approvals).unwrap_or(usize::MAX);
            let seated = self.places.entry(group).or_default();
            if seated.len() < capacity {
                seated.push(person);
                return true;
            }
            for other in seated.clone() {
                if self.seat(other, tried) {
                    let seated = self.places.entry(group).or_default();
                    seated.retain(|someone| *someone != other);
                    seated.push(person);
                    return true;
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::Person;

    fn role(name: &str) -> RoleName {
        RoleName::new(name).unwrap()
    }

    fn people(entries: &[(&str, &[&str])]) -> People {
        People::new(entries.iter().map(|(name, roles)| Person {
            name: PersonName::new(*name).unwrap(),
            locale: None,
            accounts: std::collections::BTreeSet::new(),
            writes_as: std::collections::BTreeSet::new(),
            roles: roles.iter().map(|name| role(name)).collect(),
        }))
        .unwrap()
    }

    fn policy(groups: &[(u32, &[&str])]) -> Policy {
        Policy {
            groups: groups
                .iter()
                .map(|(approvals, from)| ApprovalGroup {
                    approvals: *approvals,
                    from: from.iter().map(|name| role(name)).collect(),
                })
                .collect(),
            requester: false,
            authors: true,
            risky: Vec::new(),
            checks: Vec::new(),
            expires: EXPIRES_DEFAULT,
            reject: Vec::new(),
        }
    }

    fn have(policy: &Policy, names: &[&str], people: &People) -> Vec<u32> {
        let names: Vec<PersonName> = names.iter().map(|n| PersonName::new(*n).unwrap()).collect();
        policy.tally(&names, people).into_iter().map(|tally| tally.have).collect()
    }

    #[test]
    fn one_person_with_two_roles_fills_one_place() {
        let people = people(&[("ben", &["sre", "security"]), ("mina", &["sre"])]);
        let policy = policy(&[(1, &["sre"]), (1, &["security"])]);
        assert_eq!(have(&policy, &["ben"], &people).iter().sum::<u32>(), 1);
        // Whoever comes first, ben is moved to where only he fits.
        assert_eq!(have(&policy, &["ben", "mina"], &people), [1, 1]);
        assert_eq!(have(&policy, &["mina", "ben"], &people), [1, 1]);
    }

    #[test]
    fn a_group_without_roles_is_never_filled() {
        let people = people(&[("ben", &["sre"])]);
        assert_eq!(have(&policy(&[(1, &[])]), &["ben"], &people), [0]);
    }

    #[test]
    fn who_has_no_role_or_is_nobody_fills_nothing() {
        let people = people(&[("ben", &[]), ("mina", &["dev"])]);
        assert_eq!(have(&policy(&[(2, &["sre"])]), &["ben", "mina", "eve"], &people), [0]);
    }

    #[test]
    fn the_requester_is_out_of_reach_unless_the_policy_says_otherwise() {
        let people = people(&[("ben", &["sre"]), ("mina", &["sre"]), ("ana", &["dev"])]);
        let two = policy(&[(2, &["sre"])]);
        let reach = |policy: &Policy, name: &str| {
            let name = PersonName::new(name).unwrap();
            policy.reach(Concerned { requester: Some(&name), authors: None }, &people)
        };
        assert_eq!(reach(&two, "ana"), 2);
        assert_eq!(reach(&two, "ben"), 1);
        assert_eq!(reach(&Policy { requester: true, ..two.clone() }, "ben"), 2);
        // Somebody with two roles is still one person.
        assert_eq!(reach(&policy(&[(1, &["sre"]), (2, &["sre"])]), "ana"), 2);
    }

    #[test]
    fn any_difference_changes_the_digest() {
        let one = policy(&[(1, &["sre"])]);
        assert_ne!(one.digest(), policy(&[(2, &["sre"])]).digest());
        assert_ne!(one.digest(), Policy { requester: true, ..one.clone() }.digest());
        assert_ne!(one.digest(), Policy { authors: false, ..one.clone() }.digest());
        assert_ne!(one.digest(), Policy { risky: vec!["*.sql".into()], ..one.clone() }.digest());
        assert_ne!(one.digest(), Policy { checks: vec!["build".into()], ..one.clone() }.digest());
        assert_ne!(one.digest(), Policy { expires: Duration(1), ..one.clone() }.digest());
    }
}
