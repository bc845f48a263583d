//! The forms of sending and receiving, once for the types that have them: a half and a whole connection.

/// Methods of what receives, by a field `receiving`.
macro_rules! receiving_forms {
    () => {
        /// Waits for a message and takes it as a value (row M-52). Other forms: [`try_recv`](Self::try_recv), [`recv_timeout`](Self::recv_timeout), [`recv_deadline`](Self::recv_deadline),
        /// [`recv_async`](Self::recv_async).
        ///
        /// Several threads may receive from one connection: each gets whole messages.
        ///
        /// # Errors
        ///
        /// See [`RecvError`].
        pub fn recv<T: DeserializeOwned>(&self) -> Result<T, RecvError> {
            open(
                self.receiving
                    .receive(None, Limit::Never)
                    .map_err(certain)?,
            )
        }

        /// As [`recv`](Self::recv), without waiting.
        ///
        /// # Errors
        ///
        /// [`TryRecvError::Empty`] if no message is complete. What has come of one is kept.
        pub fn try_recv<T: DeserializeOwned>(&self) -> Result<T, TryRecvError> {
            let message = self.receiving.receive(None, Limit::Now);
            Ok(open(message.map_err(without_waiting)?)?)
        }

        /// As [`recv`](Self::recv), at most for `timeout`; the longest ones mean for ever.
        ///
        /// # Errors
        ///
        /// [`RecvTimeoutError::TimedOut`]; nothing is lost.
        pub fn recv_timeout<T: DeserializeOwned>(
            &self,
            timeout: Duration,
        ) -> Result<T, RecvTimeoutError> {
            let limit = Limit::from(Instant::now().checked_add(timeout));
            Ok(open(self.receiving.receive(None, limit)?)?)
        }

        /// As [`recv_timeout`](Self::recv_timeout), until an instant.
        ///
        /// # Errors
        ///
        /// As there.
        pub fn recv_deadline<T: DeserializeOwned>(
            &self,
            deadline: Instant,
        ) -> Result<T, RecvTimeoutError> {
            Ok(open(self.receiving.receive(None, Limit::At(deadline))?)?)
        }

        /// As [`recv`](Self::recv), for async tasks. Dropping the future loses nothing.
        ///
        /// # Errors
        ///
        /// See [`RecvError`].
        pub async fn recv_async<T: DeserializeOwned>(&self) -> Result<T, RecvError> {
            open(self.receiving.receive_async(None).await?)
        }

        /// Waits for a message and takes its bytes (row M-58). An empty message is one, too. Descriptors that came with it are closed.
        ///
        /// # Errors
        ///
        /// See [`RecvError`].
        pub fn recv_bytes(&self) -> Result<Vec<u8>, RecvError> {
            let message = self.receiving.receive(None, Limit::Never);
            Ok(message.map_err(certain)?.bytes)
        }

        /// As [`recv_bytes`](Self::recv_bytes), for a message of at most `most` bytes. (Python: `maxlength`.)
        ///
        /// # Errors
        ///
        /// [`RecvError::TooLong`], and nothing more can be received then.
        pub fn recv_bytes_max(&self, most: u64) -> Result<Vec<u8>, RecvError> {
            let message = self.receiving.receive(Some(most), Limit::Never);
            Ok(message.map_err(certain)?.bytes)
        }

        /// As [`recv_bytes`](Self::recv_bytes), without waiting.
        ///
        /// # Errors
        ///
        /// [`TryRecvError::Empty`] if no message is complete. What has come of one is kept.
        pub fn try_recv_bytes(&self) -> Result<Vec<u8>, TryRecvError> {
            let message = self.receiving.receive(None, Limit::Now);
            Ok(message.map_err(without_waiting)?.bytes)
        }

        /// As [`recv_bytes`](Self::recv_bytes), at most for `timeout`; the longest ones mean for ever.
        ///
        /// # Errors
        ///
        /// [`RecvTimeoutError::TimedOut`]; nothing is lost.
        pub fn recv_bytes_timeout(&self, timeout: Duration) -> Result<Vec<u8>, RecvTimeoutError> {
            let limit = Limit::from(Instant::now().checked_add(timeout));
            Ok(self.receiving.receive(None, limit)?.bytes)
        }

        /// As [`recv_bytes_timeout`](Self::recv_bytes_timeout), until an instant.
        ///
        /// # Errors
        ///
        /// As there.
        pub fn recv_bytes_deadline(&self, deadline: Instant) -> Result<Vec<u8>, RecvTimeoutError> {
            Ok(self.receiving.receive(None, Limit::At(deadline))?.bytes)
        }

        /// As [`recv_bytes`](Self::recv_bytes), for async tasks. Dropping the future loses nothing.
        ///
        /// # Errors
        ///
        /// See [`RecvError`].
        pub async fn recv_bytes_async(&self) -> Result<Vec<u8>, RecvError> {
            Ok(self.receiving.receive_async(None).await?.bytes)
        }

        /// Waits for a message and puts its bytes at the beginning of `buffer`; how many these are (row M-59). They are received there, so with a buffer that is kept this is the fast way to take large messages: memory that is new to the process costs more time than the copying. Other forms: [`try_recv_bytes_into`](Self::try_recv_bytes_into),
        /// [`recv_bytes_into_timeout`](Self::recv_bytes_into_timeout), [`recv_bytes_into_deadline`](Self::recv_bytes_into_deadline), [`recv_bytes_into_async`](Self::recv_bytes_into_async).
        ///
        /// # Errors
        ///
        /// [`RecvIntoError::TooShort`] with the message, which is taken.
        pub fn recv_bytes_into(&self, buffer: &mut [u8]) -> Result<usize, RecvIntoError> {
            let message = self.receiving.receive_into(None, Limit::Never, buffer);
            length(message.map_err(certain)?)
        }

        /// As [`recv_bytes_into`](Self::recv_bytes_into), without waiting.
        ///
        /// # Errors
        ///
        /// [`TryRecvIntoError::Empty`] if no message is complete. What has come of one is kept for whoever receives next, whatever becomes of this buffer.
        pub fn try_recv_bytes_into(&self, buffer: &mut [u8]) -> Result<usize, TryRecvIntoError> {
            let message = self.receiving.receive_into(None, Limit::Now, buffer);
            Ok(length(message.map_err(without_waiting)?)?)
        }

        /// As [`recv_bytes_into`](Self::recv_bytes_into), at most for `timeout`; the longest ones mean for ever.
        ///
        /// # Errors
        ///
        /// [`RecvIntoTimeoutError::TimedOut`]: nothing is lost, as with [`try_recv_bytes_into`](Self::try_recv_bytes_into).
        pub fn recv_bytes_into_timeout(
            &self,
            buffer: &mut [u8],
            timeout: Duration,
        ) -> Result<usize, RecvIntoTimeoutError> {
            let limit = Limit::from(Instant::now().checked_add(timeout));
            Ok(length(self.receiving.receive_into(None, limit, buffer)?)?)
        }

        /// As [`recv_bytes_into_timeout`](Self::recv_bytes_into_timeout), until an instant.
        ///
        /// # Errors
        ///
        /// As there.
        pub fn recv_bytes_into_deadline(
            &self,
            buffer: &mut [u8],
            deadline: Instant,
        ) -> Result<usize, RecvIntoTimeoutError> {
            let limit = Limit::At(deadline);
            Ok(length(self.receiving.receive_into(None, limit, buffer)?)?)
        }

        /// As [`recv_bytes_into`](Self::recv_bytes_into), for async tasks. Dropping the future loses nothing: what has come of the message is kept for whoever receives next.
        ///
        /// # Errors
        ///
        /// As there.
        pub async fn recv_bytes_into_async(
            &self,
            buffer: &mut [u8],
        ) -> Result<usize, RecvIntoError> {
            length(self.receiving.receive_into_async(None, buffer).await?)
        }

        /// Waits at most for `timeout` until something can be received, or the other end is closed; whether it can (row M-56). Takes nothing. Zero looks, and does not wait.
        ///
        /// A message may not be complete yet: to receive it may still have to wait.
        ///
        /// # Errors
        ///
        /// If the system refuses.
        pub fn poll(&self, timeout: Duration) -> Result<bool, RecvError> {
            let deadline = Instant::now().checked_add(timeout);
            let limit = if timeout.is_zero() {
                Limit::Now
            } else {
                deadline.into()
            };
            self.receiving.poll(limit)
        }

        /// As [`poll`](Self::poll), without a time limit, for async tasks.
        ///
        /// # Errors
        ///
        /// If the system refuses.
        pub async fn poll_async(&self) -> Result<(), RecvError> {
            self.receiving.poll_async().await
        }

        /// Refuses messages of more than `bytes`: 1 GiB if nothing is said. What is only announced costs no memory in any case.
        pub fn set_limit(&self, bytes: u64) {
            self.receiving.set_limit(bytes);
        }
    };
}

/// Methods of what sends, by a field `sending`.
macro_rules! sending_forms {
    () => {
        /// Sends a value as one message, and waits for room (row M-51). Other forms: [`try_send`](Self::try_send), [`send_timeout`](Self::send_timeout), [`send_deadline`](Self::send_deadline),
        /// [`send_async`](Self::send_async).
        ///
        /// Descriptors in it ([`Fd`](crate::multiprocessing::Fd), connections) are sent along, on unix sockets; any number of them. Several threads may send to one connection: whole messages go.
        ///
        /// # Errors
        ///
        /// See [`SendError`].
        pub fn send<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), SendError> {
            let letter = letter(value, self.carries_fds())?;
            self.sending
                .send(Some(letter), Limit::Never)
                .map_err(surely)
        }

        /// As [`send`](Self::send), without waiting.
        ///
        /// # Errors
        ///
        /// [`SendTimeoutError::TimedOut`] if there is no room, [`SendTimeoutError::Unfinished`] if there is not enough.
        pub fn try_send<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), SendTimeoutError> {
            let letter = letter(value, self.carries_fds())?;
            self.sending.send(Some(letter), Limit::Now)
        }

        /// As [`send`](Self::send), at most for `timeout`; the longest ones mean for ever.
        ///
        /// # Errors
        ///
        /// See [`SendTimeoutError`].
        pub fn send_timeout<T: Serialize + ?Sized>(
            &self,
            value: &T,
            timeout: Duration,
        ) -> Result<(), SendTimeoutError> {
            let limit = Limit::from(Instant::now().checked_add(timeout));
            let letter = letter(value, self.carries_fds())?;
            self.sending.send(Some(letter), limit)
        }

        /// As [`send_timeout`](Self::send_timeout), until an instant.
        ///
        /// # Errors
        ///
        /// As there.
        pub fn send_deadline<T: Serialize + ?Sized>(
            &self,
            value: &T,
            deadline: Instant,
        ) -> Result<(), SendTimeoutError> {
            let letter = letter(value, self.carries_fds())?;
            self.sending.send(Some(letter), Limit::At(deadline))
        }

        /// As [`send`](Self::send), for async tasks. The value is serialized at once. If the future is dropped, the message is sent in full (its rest with the next one) or not at all.
        ///
        /// # Errors
        ///
        /// See [`SendError`].
        pub fn send_async<T: Serialize + ?Sized>(
            &self,
            value: &T,
        ) -> impl Future<Output = Result<(), SendError>> + use<'_, T> {
            let letter = letter(value, self.carries_fds());
            async move { self.sending.send_async(Some(letter?)).await }
        }

        /// Sends bytes as one message (row M-57); a part of something is a slice of it. None at all are a message, too.
        ///
        /// # Errors
        ///
        /// See [`SendError`].
        pub fn send_bytes(&self, bytes: &[u8]) -> Result<(), SendError> {
            let letter = Letter::new(bytes, Vec::new());
            self.sending
                .send(Some(letter), Limit::Never)
                .map_err(surely)
        }

        /// As [`send_bytes`](Self::send_bytes), without waiting.
        ///
        /// # Errors
        ///
        /// As [`try_send`](Self::try_send).
        pub fn try_send_bytes(&self, bytes: &[u8]) -> Result<(), SendTimeoutError> {
            let letter = Letter::new(bytes, Vec::new());
            self.sending.send(Some(letter), Limit::Now)
        }

        /// As [`send_bytes`](Self::send_bytes), at most for `timeout`; the longest ones mean for ever.
        ///
        /// # Errors
        ///
        /// See [`SendTimeoutError`].
        pub fn send_bytes_timeout(
            &self,
            bytes: &[u8],
            timeout: Duration,
        ) -> Result<(), SendTimeoutError> {
            let limit = Limit::from(Instant::now().checked_add(timeout));
            self.sending
                .send(Some(Letter::new(bytes, Vec::new())), limit)
        }

        /// As [`send_bytes_timeout`](Self::send_bytes_timeout), until an instant.
        ///
        /// # Errors
        ///
        /// As there.
        pub fn send_bytes_deadline(
            &self,
            bytes: &[u8],
            deadline: Instant,
        ) -> Result<(), SendTimeoutError> {
            let letter = Letter::new(bytes, Vec::new());
            self.sending.send(Some(letter), Limit::At(deadline))
        }

        /// As [`send_bytes`](Self::send_bytes), for async tasks. If the future is dropped, the message is sent in full (its rest with the next one) or not at all.
        ///
        /// # Errors
        ///
        /// See [`SendError`].
        pub async fn send_bytes_async(&self, bytes: &[u8]) -> Result<(), SendError> {
            let letter = Letter::new(bytes, Vec::new());
            self.sending.send_async(Some(letter)).await
        }

        /// Sends what an earlier message has left behind, if one has (see [`SendTimeoutError::Unfinished`]), and waits for room.
        ///
        /// # Errors
        ///
        /// See [`SendError`].
        pub fn flush(&self) -> Result<(), SendError> {
            self.sending.send(None, Limit::Never).map_err(surely)
        }

        fn carries_fds(&self) -> bool {
            is_unix(&self.sending)
        }
    };
}

pub(super) use {receiving_forms, sending_forms};
