//! A context as a map from variables to values, read from outside (row C-14).

use super::binding::{Entry, Value};
use super::iter::Iter;
use super::{Context, ContextVar};

/// Reading from outside: what is in it now, also while it is being run. Defaults of variables are not in it.
impl Context {
    fn entry<T: Send + Sync + 'static>(&self, variable: &ContextVar<T>) -> Option<Entry> {
        let vars = self.state.snapshot();
        let entry = vars.get(variable.key()).cloned();
        #[cfg(feature = "serde")]
        let entry = entry.or_else(|| super::portable::find(variable, &vars));
        entry
    }

    /// Whether this variable has a value here.
    pub fn contains<T: Send + Sync + 'static>(&self, variable: &ContextVar<T>) -> bool {
        self.entry(variable).is_some()
    }

    /// A copy of a variable's value, if it has one here.
    pub fn get<T: Clone + Send + Sync + 'static>(&self, variable: &ContextVar<T>) -> Option<T> {
        self.value(variable).map(|value| T::clone(&value))
    }

    /// A variable's value, if it has one here, kept alive by the result.
    ///
    /// ```
    /// use selvedge::contextvars::{Context, ContextVar};
    ///
    /// static LOG: ContextVar<Vec<u32>> = ContextVar::new("log");
    /// let context = Context::new();
    /// context.run(|| LOG.set(vec![1, 2])).unwrap();
    /// assert_eq!(context.value(&LOG).unwrap().len(), 2);
    /// ```
    pub fn value<T: Send + Sync + 'static>(&self, variable: &ContextVar<T>) -> Option<Value<T>> {
        Some(Value::new(variable, self.entry(variable)?))
    }

    /// How many variables have a value here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state.snapshot().len()
    }

    /// Whether no variable has a value here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The variables and their values, as they are now: what is set afterwards does not show (row C-15). In the order of the variables' first use.
    #[must_use]
    pub fn iter(&self) -> Iter {
        Iter::new(self.state.snapshot())
    }

    /// Whether both hold the same variables with the very same values: not values that look the same, but what one `set` put there. So a copy is the same until one of the two is changed, and again when that is reset.
    ///
    /// Python compares the values themselves (row C-10); here they may be of types that cannot be compared.
    #[must_use]
    pub fn same_values(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.state.snapshot(), other.state.snapshot());
        let same = |(a, b): (&Entry, &Entry)| std::ptr::addr_eq(&raw const **a, &raw const **b);
        mine.map().same_nodes(theirs.map())
            || mine.len() == theirs.len() && mine.entries().zip(theirs.entries()).all(same)
    }
}

impl IntoIterator for &Context {
    type Item = super::Binding;
    type IntoIter = Iter;

    fn into_iter(self) -> Iter {
        self.iter()
    }
}
