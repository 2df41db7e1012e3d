use std::fmt::Display;

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::ToTokens;
use syn::{FnArg, PatType, Safety, Signature, Type};

use crate::{
    errors::Errors,
    language::{Mark, Role},
};

/// Reports the mistakes in the signature of one function that the server calls. The first message shows the accepted
/// signatures.
pub(super) struct Report<'e> {
    /// The accepted signatures.
    accepted: String,
    /// What the function is, as the subject of a sentence.
    subject: &'static str,
    errors: &'e mut Errors,
    is_clean: bool,
    unsized_parameters: Vec<Type>,
}

impl<'e> Report<'e> {
    /// A report about a handler, without a mistake.
    pub(super) fn of_handler(role: Role, errors: &'e mut Errors) -> Self {
        Self::new(role.accepted(), "a handler", errors)
    }

    /// A report about a function with this attribute, without a mistake.
    pub(super) fn of_marked(mark: Mark, errors: &'e mut Errors) -> Self {
        let subject = match mark {
            Mark::Join => "a `#[join]` function",
            _ => "an `#[on]` function",
        };
        Self::new(format!("`{}`", mark.example()), subject, errors)
    }

    fn new(accepted: String, subject: &'static str, errors: &'e mut Errors) -> Self {
        Self {
            accepted,
            subject,
            errors,
            is_clean: true,
            unsized_parameters: Vec::new(),
        }
    }

    /// Reports a mistake in the user's tokens `at`.
    pub(super) fn wrong(&mut self, at: impl ToTokens, detail: impl Display) {
        if self.is_clean {
            self.errors
                .push(at, format!("expected {}: {detail}", self.accepted));
        } else {
            self.errors.push(at, detail);
        }
        self.is_clean = false;
    }

    /// Whether there was no mistake so far.
    pub(super) fn is_clean(&self) -> bool {
        self.is_clean
    }

    /// Reports a missing parameter, at the parentheses of the function.
    pub(super) fn missing(&mut self, signature: &Signature, detail: impl Display) {
        let mut parentheses = Group::new(Delimiter::Parenthesis, TokenStream::new());
        parentheses.set_span(signature.paren_token.span.join());
        self.wrong(parentheses, detail);
    }

    /// Notes a mistake that rustc reports by itself, in the user's own function: a parameter whose
    /// values have no size.
    pub(super) fn unsized_parameter(&mut self, ty: &Type) {
        self.unsized_parameters.push(ty.clone());
        self.is_clean = false;
    }

    /// `value`, if there was no mistake; else the types without a size.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Type>> {
        value
            .filter(|_| self.is_clean)
            .ok_or(self.unsized_parameters)
    }

    /// Checks what stands before the parameters: the server calls a plain function.
    pub(super) fn before_parameters(&mut self, signature: &Signature) {
        if let Safety::Unsafe(token) = &signature.safety {
            self.wrong(token, format!("{} is not `unsafe`", self.subject));
        }
        if let Some(abi) = &signature.abi {
            self.wrong(abi, format!("{} is not `extern`", self.subject));
        }
        let generics = &signature.generics;
        if generics.params.is_empty() {
            return;
        }
        if generics.lifetimes().count() == generics.params.len() {
            self.wrong(
                generics,
                format!(
                    "{} borrows until it returns: leave lifetimes out, as in `&Ws`, `&str` and \
                     `Json<Hello<'_>>`",
                    self.subject,
                ),
            );
        } else {
            self.wrong(generics, format!("{} is not generic", self.subject));
        }
    }

    /// Checks what stands behind the parameters.
    pub(super) fn after_parameters(&mut self, signature: &Signature) {
        if let Some(clause) = &signature.generics.where_clause {
            let message = format!("{} has no `where` clause", self.subject);
            self.wrong(clause.where_token, message);
        }
    }

    /// The parameters, without a `self`, which is a mistake.
    pub(super) fn parameters<'s>(&mut self, signature: &'s Signature) -> Vec<&'s PatType> {
        let mut parameters = Vec::new();
        for input in &signature.inputs {
            match input {
                FnArg::Typed(parameter) => parameters.push(parameter),
                FnArg::Receiver(receiver) => {
                    let message = format!("{} is a plain function, without `self`", self.subject);
                    self.wrong(receiver, message);
                }
            }
        }
        // rustc reports a variadic function itself, three times.
        self.is_clean &= signature.variadic.is_none();
        parameters
    }
}
