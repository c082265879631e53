//! The objects of a file by path. Each group is listed once, because HDF5 finds a member by going through all of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use hdf5_pure::{Dataset, Error, File, FormatError, Group};

/// An object of a file.
#[derive(Clone)]
pub(super) enum Node {
    Group(Group),
    Dataset(Box<Dataset>),
}

/// The members of a group.
pub(super) enum Members {
    Listed(BTreeMap<String, Node>),
    /// A soft link in a group of the old kind: hdf5-pure finds the other members by name, but cannot list them.
    Linked,
}

/// The objects of a file by path.
pub(super) struct Tree {
    root: Group,
    groups: RefCell<HashMap<String, Rc<Members>>>,
    /// Members that may still be listed.
    left: Cell<u64>,
}

/// Members that a file of any size may hold.
const MEMBERS: u64 = 1 << 14;

/// The fewest bytes that a member takes in a file: its header and the link to it.
const MEMBER_BYTES: u64 = 24;

impl Tree {
    /// The objects of a file of so many bytes. Hard links can lead to one group on very many paths, so no more members are listed
    /// than its bytes can hold.
    pub(super) fn new(file: &File, bytes: u64) -> Self {
        Self {
            root: file.root(),
            groups: RefCell::default(),
            left: Cell::new(MEMBERS + bytes / MEMBER_BYTES),
        }
    }

    /// The object at a path; `None` where there is none, and for a soft or external link.
    pub(super) fn node(&self, slot: &str) -> Result<Option<Node>, Error> {
        let mut node = Node::Group(self.root.clone());
        let mut path = String::new();
        for name in slot.split('/').filter(|name| !name.is_empty()) {
            let Node::Group(group) = &node else {
                return Ok(None);
            };
            let found = match &*self.listed(&path, group)? {
                Members::Listed(members) => members.get(name).cloned(),
                Members::Linked => by_name(group, name)?,
            };
            let Some(found) = found else {
                return Ok(None);
            };
            node = found;
            path.push('/');
            path += name;
        }
        Ok(Some(node))
    }

    /// The members of the group at a path; `None` where there is no group.
    pub(super) fn members(&self, slot: &str) -> Result<Option<Rc<Members>>, Error> {
        let Some(Node::Group(group)) = self.node(slot)? else {
            return Ok(None);
        };
        let names = slot.split('/').filter(|name| !name.is_empty());
        let path: String = names.flat_map(|name| ["/", name]).collect();
        self.listed(&path, &group).map(Some)
    }

    fn listed(&self, path: &str, group: &Group) -> Result<Rc<Members>, Error> {
        if let Some(members) = self.groups.borrow().get(path) {
            return Ok(Rc::clone(members));
        }
        let members = list(group)?;
        let count = match &members {
            Members::Listed(members) => members.len() as u64,
            Members::Linked => 0,
        };
        let left = self.left.get().checked_sub(count + 1);
        self.left
            .set(left.ok_or(Error::Format(FormatError::NestingDepthExceeded))?);
        let members = Rc::new(members);
        let mut groups = self.groups.borrow_mut();
        groups.insert(path.to_owned(), Rc::clone(&members));
        Ok(members)
    }
}

fn list(group: &Group) -> Result<Members, Error> {
    let all = || {
        let groups = group.iter_groups()?.map(|(name, g)| (name, Node::Group(g)));
        let datasets = group.iter_datasets()?;
        let datasets = datasets.map(|(name, d)| (name, Node::Dataset(Box::new(d))));
        Ok(groups.chain(datasets).collect())
    };
    match all() {
        Ok(members) => Ok(Members::Listed(members)),
        Err(error) if is_link(&error) => Ok(Members::Linked),
        Err(error) => Err(error),
    }
}

fn by_name(group: &Group, name: &str) -> Result<Option<Node>, Error> {
    let found = match group.dataset(name) {
        Err(Error::NotADataset(_)) => group.group(name).map(Node::Group),
        other => other.map(|dataset| Node::Dataset(Box::new(dataset))),
    };
    match found {
        Ok(node) => Ok(Some(node)),
        Err(Error::NotAGroup(_) | Error::Format(FormatError::PathNotFound(_))) => Ok(None),
        Err(error) if is_link(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A soft link in a group of the old kind has the address that HDF5 calls undefined, and hdf5-pure looks there.
fn is_link(error: &Error) -> bool {
    matches!(
        error,
        Error::Format(FormatError::UnexpectedEof { expected, .. }) if *expected == usize::MAX
    )
}
